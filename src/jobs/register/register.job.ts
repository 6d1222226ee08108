import { z } from "zod";
import { type Client, withTransaction } from "../../db/pool.js";
import { findService } from "../../definitions/language/deployment.js";
import { entityOfService } from "../../definitions/language/entities.js";
import { BadUserInputError, ConflictError } from "../../errors/errors.js";
import { RunHasVersionError } from "../../errors/tracking-errors.js";
import { ErasedKeys } from "../../features/erasure/kept-out.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { addArtifact, endRun, holdOpen, savingBytes } from "../../registry/external-runs.js";
import { ModelStore } from "../../registry/model-store.js";
import type { Run } from "../../registry/run.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { type BackgroundRow, backgroundFile } from "../../serving/background-rows.js";
import { judgeModel, type ModelJudgement } from "../../serving/judge-model.js";
import { judgedHere } from "../../serving/stored-evaluations.js";
import { headline, taskOf } from "../../training/tasks/registry.js";
import { requireCategories } from "../export/export-manifest.js";
import { outcome, versionReference } from "../outcome.js";
import {
  nothingToCleanUp,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
} from "../run-kind.js";
import { fileIsGone } from "./model-file.js";
import { EXPECTED_FILE, heldByRegistration, readExpected } from "./register-files.js";
import { type RegisterParams, registerParams } from "./register-params.js";
import { readSource } from "./source-files.js";

const judgedRows = {
  rows: z.int(),
  scoredRows: z.int(),
  heldOutRows: z.int(),
  sample: z.string(),
};

/** Judges a model that was made elsewhere: until then its version is PENDING. */
export const registerKind = runKind({
  name: "REGISTER",
  description: "Judges a model trained elsewhere, and registers it.",
  queue: "asof_judging",
  schedulable: false,
  fillsOnlineStore: false,
  holds: heldByRegistration,
  mutation: null,
  request: () => z.strictObject({}),
  params: registerParams,
  pin: () => {
    throw new BadUserInputError("kind: registerModel begins REGISTER runs, with the version that they judge");
  },
  execute: (run, on) => new Registering(run, on).execute(),
  outcome: outcome({
    type: "RegisterOutcome",
    description: "What a registration came to.",
    stored: {
      version: z.int(),
      sha256: z.string(),
      threshold: z.number().nullable(),
      warnings: z.array(z.string()),
      ...judgedRows,
    },
    fields: {
      version: versionReference().describe("The version that it judged."),
      sha256: z.string().describe("SHA-256 of the ONNX file."),
      threshold: z
        .number()
        .describe("The probability from which on the prediction is 1; null of tasks without one."),
      warnings: z.array(z.string()).describe("What it found and did not refuse."),
      rows: judgedRows.rows.describe("The labelled rows of the snapshots."),
      scoredRows: judgedRows.scoredRows.describe("Those of them that the model was run on."),
      heldOutRows: judgedRows.heldOutRows.describe("Those that its metrics are of."),
      sample: judgedRows.sample.describe("Which rows those are, in words."),
    },
    read: ({ version, ...same }, { params }) => ({
      ...same,
      version:
        typeof params.model === "string" && version !== undefined ? { model: params.model, version } : null,
    }),
  }),
  cleanUp: nothingToCleanUp,
  trainedBy: () => null,
});

class Registering {
  constructor(
    private readonly run: RunContext<RegisterParams>,
    private readonly on: Resources,
  ) {}

  async execute(): Promise<Result> {
    const judged = await this.run.step("judge", (step) => this.#judge(step));
    return this.run.step("register", () => savingBytes(() => this.#register(judged)));
  }

  async #judge(step: StepContext): Promise<ModelJudgement> {
    const { params, runId } = this.run;
    const { pool, definitions, externalModels } = this.on;
    if (params.refusal !== null) throw new BadUserInputError(params.refusal);
    const artifacts = new ArtifactStore(pool);
    const bytes = await artifacts.read(params.sha256!);
    if (!bytes) throw fileIsGone(params.sha256!);
    const expected = (await artifacts.readNamed(new Map([[runId, [EXPECTED_FILE]]])))
      .get(runId)!
      .get(EXPECTED_FILE);
    const [features, label] = await new SnapshotStore(pool).findByIds([
      params.snapshot.id,
      params.labelSnapshot.id,
    ]);
    const progress = ({ scored, of }: { scored: number; of: number }) => {
      step.signal.throwIfAborted();
      step.progress(Math.min(1, scored / Math.max(1, of)), `${scored} of ${of} rows`);
    };
    const source = params.importedFrom && (await readSource(pool, runId));
    const categories = params.encoding
      ? await requireCategories(pool, params.trainedOn!)
      : (source?.categories ?? null);
    const { splitRule: rule, seed, testFraction, heldOutFrom, heldOutBelow } = params;
    const split = { rule, seed, testFraction, heldOutFrom, heldOutBelow };
    const judged = await externalModels.trials.run(() =>
      judgeModel(
        pool,
        definitions,
        {
          ...{ ...params, split, categories, madeUp: source?.madeUp },
          expected: expected ? readExpected(expected) : [],
        },
        bytes,
        { features: features!, label: label! },
        { limits: externalModels.limits, progress, keep: (rows) => this.#keepBackground(rows) },
      ),
    );
    await step.log(`judged on ${judged.judgedOn.sample}`);
    if (judged.notExplained) await step.log(`its answers cannot be explained: ${judged.notExplained}`);
    return judged;
  }

  /** In the step that reads them, not of its result. Of who was erased nothing is kept; no erasure begins before it is there to be found. */
  #keepBackground(rows: readonly BackgroundRow[]): Promise<void> {
    const { pool, definitions } = this.on;
    const entity = entityOfService(definitions, findService(definitions, this.run.params.model)!);
    return withTransaction(pool, async (tx) => {
      const erased = await ErasedKeys.hold(tx);
      const kept = rows.filter(({ key }) => !erased.has(entity, key));
      await new ArtifactStore(tx).save(this.run.runId, backgroundFile(kept));
    });
  }

  /** Version, metrics and reports become true together, and what the trainer's run is told of them. */
  #register(judged: ModelJudgement): Promise<Result> {
    const { params, writeOnce } = this.run;
    return writeOnce(async (tx, run) => {
      const tracker = new RunTracker(tx);
      const { threshold, warnings, metrics, judgedOn } = judged;
      const result = { version: params.version, sha256: params.sha256!, threshold, warnings };
      const isThere = await new ModelStore(tx).judge(run.id, {
        snapshotId: params.snapshot.id,
        labelSnapshotId: params.labelSnapshot.id,
        signature: judged.signature,
        threshold,
      });
      if (!isThere) {
        throw new ConflictError(`version ${params.version} of ${JSON.stringify(params.model)} was deleted`);
      }
      await tracker.saveMetrics(
        run.id,
        Object.entries(metrics).map(([name, value]) => ({ name, value })),
      );
      await tracker.saveSnapshot(run.id, params.snapshot.id);
      for (const report of judgedHere(judged.reports)) await new ArtifactStore(tx).save(run.id, report);
      await announce(tracker, run.id, judged, params.version);
      if (params.runId !== null && !params.keepsRunOpen)
        await this.#close(tx, params.runId, run, judged, result);
      return { ...result, ...judgedOn };
    });
  }

  /** The trainer's run has what was measured behind what its trainer logged, and ends. */
  async #close(
    tx: Client,
    trainer: string,
    { id, actor }: Run,
    judged: ModelJudgement,
    result: Result,
  ): Promise<void> {
    const { params } = this.run;
    const { status } = await holdOpen(tx, trainer, ["RUNNING", "SUCCEEDED"]);
    const tracker = new RunTracker(tx);
    const [other] = (await new ModelStore(tx).findOwn(trainer)).filter(({ judgedBy }) => judgedBy !== id);
    if (other) throw new RunHasVersionError(trainer, other);
    if (params.sent) {
      const bytes = (await new ArtifactStore(tx).read(params.sha256!))!;
      await addArtifact(tx, trainer, {
        name: params.artifact,
        mediaType: "application/octet-stream",
        bytes,
      });
    }
    const { metrics } = judged;
    await tx.query(APPEND_METRICS, [trainer, Object.keys(metrics), Object.values(metrics)]);
    const { model, artifact, asOf, labelAsOf, snapshot, labelSnapshot } = params;
    const { seed, testFraction, splitRule, trainedOn } = params;
    const registration = {
      ...{
        model,
        artifact,
        asOf,
        labelAsOf,
        seed,
        testFraction,
        splitRule,
        trainedOn,
        snapshot,
        labelSnapshot,
      },
      judgedBy: id,
    };
    await tracker.addParams(trainer, { registration });
    await tracker.saveSnapshot(trainer, snapshot.id);
    await tracker.saveResult(trainer, result);
    await announce(tracker, trainer, judged, params.version);
    if (status === "RUNNING") await endRun(tx, trainer, "SUCCEEDED", null, actor);
  }
}

async function announce(
  tracker: RunTracker,
  runId: string,
  { warnings, signature, metrics }: ModelJudgement,
  version: number,
): Promise<void> {
  for (const warning of warnings) await tracker.event(runId, { type: "LOG", message: `warning: ${warning}` });
  await tracker.event(runId, {
    type: "METRIC",
    message: `version ${version}: ${headline(taskOf(signature), metrics)} on the held-out rows`,
    data: metrics,
  });
}

/** Each behind the last step the trainer logged of that name. */
const APPEND_METRICS = `
  insert into run_metrics (run_id, name, step, value)
  select $1, m.name, coalesce(l.step + 1, 0), m.value from unnest($2::text[], $3::float8[]) m(name, value)
  left join run_latest_metrics l on l.run_id = $1 and l.name = m.name order by m.name`;
