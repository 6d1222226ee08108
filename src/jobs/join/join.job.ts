import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { withTransaction } from "../../db/pool.js";
import { ConflictError } from "../../errors/errors.js";
import { holdErasures } from "../../features/erasure/kept-out.js";
import { staleParts } from "../../features/offline/lake/lake-catalogue.js";
import { fillLake } from "../../features/offline/lake/lake-sync.js";
import { requireLake } from "../../features/offline/lake-sql/join-over-lake.js";
import { joiningEngine } from "../../features/offline/registry.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { outcome } from "../outcome.js";
import {
  type HeldFeatures,
  nothingToCleanUp,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
  trainsNothing,
} from "../run-kind.js";
import {
  JOIN_MANIFEST,
  JOINED_FILES,
  type JoinParams,
  joinParams,
  joinRequest,
  pinJoin,
} from "./join-params.js";
import { begunJoin, joinToArtifact, joinToLake } from "./join-run.js";

const joinedFile = {
  rows: z.int(),
  columns: z.array(z.string()),
  file: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  // Absent of runs of earlier releases.
  folder: z.string().nullish(),
};

/** What it wrote has the columns that its parameters name. What clients sent is known only once it was read. */
const joinedValues: HeldFeatures = (file, params) => {
  if (file === JOIN_MANIFEST.name) return [];
  return Object.values(JOINED_FILES).some(({ name }) => name === file)
    ? (joinParams.safeParse(params).data?.features ?? null)
    : null;
};

/** Joins a file of keys and dates with the features that held: streamed from artifact to artifact. */
export const joinKind = runKind({
  name: "JOIN",
  description: "Joins features to a file of keys and dates.",
  queue: "asof_export",
  schedulable: false,
  fillsOnlineStore: false,
  holds: joinedValues,
  mutation: {
    name: "joinFeatures",
    description:
      "Joins what held as of each row's date to a file of keys and dates of any size, an artifact of a run: CSV, JSON Lines,\n" +
      "Parquet or Arrow. The artifact features.parquet or features.arrow has one row for each of the file's, in its order.\n" +
      "POST /historical-features takes the file itself. Returns at once; follow the run.",
    role: "operator",
    input: "JoinFeaturesInput",
    beside: [],
  },
  request: joinRequest,
  params: joinParams,
  pin: pinJoin,
  execute: (run, on): Promise<Result> => run.step("join", (step) => join(run, on, step)),
  outcome: outcome({
    type: "JoinOutcome",
    description: "What a join wrote.",
    stored: joinedFile,
    fields: {
      rows: joinedFile.rows.describe("How many rows the file has: as many as were asked."),
      columns: joinedFile.columns.describe("Its columns, in order."),
      file: joinedFile.file.describe("The artifact's name."),
      bytes: joinedFile.bytes.describe("The size of the answer in bytes, of all its files."),
      sha256: joinedFile.sha256.describe(
        "SHA-256 of the artifact's bytes: /artifacts/<sha256> downloads it.",
      ),
      folder: joinedFile.folder.describe(
        "Where in the lake the answer's files are; null: the artifact is the answer.",
      ),
    },
    read: (stored) => stored,
  }),
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

/** One transaction writes the file and says whose it is: of a row that cannot be used nothing is left. */
async function join(run: RunContext<JoinParams>, on: Resources, step: StepContext): Promise<Result> {
  const { params } = run;
  const { pool, offline } = on;
  const stored = await new ArtifactStore(pool).open(params.sha256);
  if (!stored) throw new ConflictError(`the file ${params.sha256} is gone; send it again`);
  const engine = joiningEngine(params.engine ?? offline.engine);
  const lake = engine.lake ? requireLake(engine.name, offline.lake) : null;
  // By the run: what a process that was killed has left is cleared by the next attempt.
  const scratch = path.join(tmpdir(), `asof-join-${run.runId}`);
  try {
    for (;;) {
      await rm(scratch, { recursive: true, force: true });
      await mkdir(scratch, { recursive: true, mode: 0o700 });
      if (lake) await fillLake({ ...on, lake, signal: step.signal });
      const written = await withTransaction(pool, async (tx) => {
        await holdErasures(tx);
        // What an erasure or a publication has changed since is written first: nobody waits for it in here.
        if (lake && (await staleParts(tx, lake.url)).length > 0) return null;
        const joined = begunJoin(engine, run, on, { stored, scratch }, step);
        return params.to === "LAKE"
          ? joinToLake(run, on, tx, joined, step)
          : joinToArtifact(run, tx, joined, step);
      });
      if (!written) continue;
      const { file, rows, bytes, sha256 } = written;
      await step.log(`${file}: ${rows} rows, ${bytes} bytes, sha256 ${sha256}`);
      return written;
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
