import type { Client } from "../../db/pool.js";
import { recordJoin } from "../../features/offline/lake/lake-catalogue.js";
import { holdJoins, JOINS } from "../../features/offline/lake/lake-sync.js";
import { writeLakeFiles } from "../../features/offline/lake/write-files.js";
import { requireLake } from "../../features/offline/lake-sql/join-over-lake.js";
import type { JoinedRows, OfflineEngine } from "../../features/offline/offline-engine.js";
import type { UserFeatures } from "../../features/types.js";
import { fileFormats } from "../../ingest/formats/registry.js";
import { ArtifactStore, type StoredArtifact } from "../../registry/artifact-store.js";
import { ArtifactWriter } from "../../registry/files/artifact-writer.js";
import type { Resources, Result, RunContext, StepContext } from "../run-kind.js";
import {
  askedArtifact,
  askedShape,
  datedSelection,
  type FoundDates,
  type Joining,
  joinedRows,
  noteFound,
  readAsked,
  writeJoined,
} from "./join-file.js";
import { JOIN_MANIFEST, JOINED_FILES, type JoinParams } from "./join-params.js";
import { joinedColumns, joinedFeatures } from "./joined-columns.js";

/** A join under way: its rows as the engine finds them. */
export interface JoinUnderWay {
  joining: Joining;
  rows: AsyncIterable<JoinedRows>;
  columns: string[];
}

export function begunJoin(
  engine: OfflineEngine,
  { params }: RunContext<JoinParams>,
  { pool, definitions, offline }: Resources,
  { stored, scratch }: { stored: StoredArtifact; scratch: string },
  step: StepContext,
): JoinUnderWay {
  const joining = {
    // Whoever began it saw these.
    ...joinedFeatures(definitions, params, null),
    statuses: params.statuses,
    format: params.format,
  };
  const asked = readAsked(
    askedArtifact(fileFormats.get(params.fileFormat), stored),
    askedShape(joining.entity, params),
  );
  const on = {
    pool,
    definitions,
    offline,
    scratch,
    signal: step.signal,
    log: (text: string) => step.log(text),
  };
  return {
    joining,
    rows: engine.join(on, asked, datedSelection(joining).levels),
    columns: joinedColumns(joining, params.statuses).map(({ name }) => name),
  };
}

/** The answer as the run's artifact. */
export async function joinToArtifact(
  run: RunContext<JoinParams>,
  tx: Client,
  { joining, rows, columns }: JoinUnderWay,
  step: StepContext,
): Promise<Result> {
  const file = JOINED_FILES[joining.format];
  const writer = await ArtifactWriter.begin(tx);
  const counted = counting(step);
  const write = async (bytes: Uint8Array) => {
    step.signal.throwIfAborted();
    await writer.write(bytes);
  };
  await writeJoined(joining, rows, write, counted.add, counted.read(joining));
  await run.requireCurrent(tx);
  const { sha256, byteLength } = await writer.finish(run.runId, file);
  const { found } = counted;
  return { rows: counted.rows(), columns, file: file.name, bytes: byteLength, sha256, folder: null, found };
}

/** The answer as files of the lake, and the artifact that lists them. */
export async function joinToLake(
  run: RunContext<JoinParams>,
  { offline }: Resources,
  tx: Client,
  { joining, rows, columns }: JoinUnderWay,
  step: StepContext,
): Promise<Result> {
  const lake = requireLake("LAKE", offline.lake);
  const counted = counting(step);
  await holdJoins(tx);
  const folder = `${JOINS}/${run.runId}`;
  const written = {
    columns: joinedColumns(joining, joining.statuses),
    rows: joinedRows(joining, rows, counted.read(joining)),
    folder,
    by: "joins" as const,
  };
  const files = await writeLakeFiles(lake, written, step.signal, counted.add);
  await run.requireCurrent(tx);
  await recordJoin(tx, lake.url, run.runId, files);
  const manifest = { lake: lake.url, columns, rows: counted.rows(), files };
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  const sha256 = await new ArtifactStore(tx).save(run.runId, { ...JOIN_MANIFEST, bytes });
  return {
    ...{ rows: counted.rows(), columns, file: JOIN_MANIFEST.name, sha256 },
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    folder: `${lake.url}/${folder}`,
    found: counted.found,
  };
}

function counting(step: StepContext) {
  let rows = 0;
  /** What it read, for its lineage. */
  const found: FoundDates = {};
  const startedAt = performance.now();
  return {
    found,
    read: (joining: Joining) => (answers: readonly UserFeatures[]) =>
      noteFound(found, datedSelection(joining), answers),
    rows: () => rows,
    add: (count: number) => {
      rows += count;
      const perSecond = Math.round(rows / ((performance.now() - startedAt) / 1000));
      step.progress(0, `${rows} rows, ${perSecond} rows/s`, {
        done: rows,
        unit: "rows",
        ratePerSecond: perSecond,
      });
    },
  };
}
