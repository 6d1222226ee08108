import { z } from "zod";
import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { keyOfPart } from "../../definitions/language/entities.js";
import { RowsErasedError } from "../../errors/erasure-errors.js";
import {
  BadUserInputError,
  ConflictError,
  RunNotFoundError,
  SnapshotNotFoundError,
} from "../../errors/errors.js";
import { RowsDroppedError } from "../../errors/snapshot-dropped.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import { verifySnapshot } from "../../features/snapshot-verify.js";
import { readSources } from "../../features/source-paths.js";
import { id, jsonValue, named } from "../../inputs/fields.js";
import { parseRunId } from "../../inputs/tracking-arguments.js";
import { importedFrom } from "../../registry/archive/imported-from.js";
import { ModelStore } from "../../registry/model-store.js";
import type { Run } from "../../registry/run.js";
import { RunStore } from "../../registry/run-store.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { outcome, runReference } from "../outcome.js";
import {
  nothingToCleanUp,
  type Pinning,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
  trainsNothing,
} from "../run-kind.js";
import { storedParams } from "../stored-params.js";
import { featuresOfModel } from "../training/features-of-model.js";
import type { FittedSummary } from "../training/fitted.js";
import { datesOf, type TrainParams, trainParams } from "../training/train-params.js";
import { Trainer } from "../training/trainer.js";
import { learnedFeatures } from "../training/training-features.js";
import { readTrainingRecord, type TrainingRecord } from "../training/training-record.js";
import { compareTrainings, differingLeaves, type ReproductionDifference } from "./reproduction.js";

const params = trainParams.extend({ runId: z.string().describe("The run that is done again.") });
type ReproduceParams = z.infer<typeof params>;

const storedDifference = z.object({ what: z.string(), original: z.json(), reproduced: z.json() });
const difference = named(
  z
    .object({
      what: z.string().describe("Where it stands."),
      original: jsonValue().nullish().describe("What the original has."),
      reproduced: jsonValue().nullish().describe("What the reproduction has."),
    })
    .describe("Something of a training that is not as it was."),
  { type: "ReproductionDifference" },
);

/** Trains again from a run's own pinned snapshots, seed and parameters, and says what differs. */
export const reproduceKind = runKind({
  name: "REPRODUCE",
  description: "Trains again as a run did, and says what differs.",
  queue: "asof_training",
  schedulable: false,
  fillsOnlineStore: false,
  holds: featuresOfModel,
  mutation: {
    name: "reproduce",
    description:
      "Trains again from the run's own pinned snapshot, seed and parameters, and says what differs.\n" +
      "Its result: identical, differences [{what original reproduced}] and, apart, what of the environment differs.",
    role: "operator",
    input: null,
    beside: [],
  },
  request: () => z.strictObject({ runId: id() }),
  params,
  pin,
  execute: (run, on) => new Reproduce(run, on).execute(),
  outcome: outcome({
    type: "ReproduceOutcome",
    description: "Whether training again gave the same.",
    stored: {
      runId: z.string(),
      identical: z.boolean(),
      differences: z.array(storedDifference),
      environment: z.array(storedDifference),
      complete: z.boolean(),
      sha256: z.string(),
    },
    fields: {
      original: runReference().describe("The run that was done again."),
      identical: z.boolean().describe("Whether nothing differs."),
      differences: z.array(difference).describe("What differs, leaf by leaf."),
      environment: z
        .array(difference)
        .describe("What of the environment differs, which need not change anything."),
      complete: z
        .boolean()
        .describe("Whether the original left a record of all that is compared; 0.1.0 did not."),
      sha256: z.string().describe("SHA-256 of the ONNX file made again."),
    },
    read: ({ runId, ...same }) => ({ ...same, original: runId }),
  }),
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

/**
 * Of a comparison or a search: the run it chose.
 * @throws {RunNotFoundError}
 * @throws {ConflictError} the run has not succeeded
 * @throws {BadUserInputError} the run trained nothing
 * @throws {SnapshotNotFoundError} a snapshot it pinned is gone
 * @throws {RowsDroppedError} retention dropped its rows
 * @throws {RowsErasedError} rows that it was trained from were erased since
 */
async function pin(
  request: { runId: string },
  { runs, snapshots, kinds, definitions }: Pinning,
): Promise<ReproduceParams> {
  const original = await trainingRun(parseRunId(request.runId), { runs, kinds });
  const pinned = storedParams(trainParams, original);
  const read = datesOf(pinned).flatMap(({ snapshot, asOf, labelSnapshot, labelAsOf }) => [
    [snapshot, asOf] as const,
    [labelSnapshot, labelAsOf] as const,
  ]);
  for (const [{ id, revision }, asOf] of read) {
    const [snapshot] = await snapshots.findByIds([id]);
    if (!snapshot) throw new SnapshotNotFoundError(asOf, revision);
    // Snapshots that were withdrawn since are read too: the run was trained from them.
    if (!snapshot.rowsAvailable) throw new RowsDroppedError(original.id, snapshot.asOf, snapshot.revision);
  }
  const erased = await snapshots.erasedSince(original.id, partsReadBy(definitions, pinned));
  if (erased > 0) throw new RowsErasedError(original.id, erased);
  return { ...pinned, runId: original.id };
}

/** Of each snapshot that a training reads, the parts. Nothing of a model that is declared no more. */
function partsReadBy(definitions: Deployment, params: TrainParams): { id: number; names: string[] }[] {
  const service = findService(definitions, params.model);
  if (!service) return [];
  return datesOf(params).flatMap(({ snapshot, labelSnapshot }) => [
    { id: snapshot.id, names: readSources(definitions, service) },
    { id: labelSnapshot.id, names: [service.label.source.name] },
  ]);
}

async function trainingRun(runId: string, on: Pick<Pinning, "runs" | "kinds">): Promise<Run> {
  const [run] = await on.runs.findByIds([runId]);
  if (!run) throw new RunNotFoundError(runId);
  if (run.status !== "SUCCEEDED") {
    throw new ConflictError(`run ${runId} is ${run.status}; only a run that SUCCEEDED can be reproduced`, {
      runId,
      status: run.status,
    });
  }
  const kind = on.kinds.find(run.kind);
  const trainedBy = kind?.executed === "here" ? kind.trainedBy(run) : null;
  if (trainedBy === run.id) return run;
  if (trainedBy !== null) return trainingRun(trainedBy, on);
  const origin = importedOrigin.safeParse(run.params).data?.importedFrom.origin;
  const elsewhere = origin
    ? `: its version was trained in the deployment ${JSON.stringify(origin.deployment)} by run ${origin.runId}, which has the rows; reproduce that run there`
    : "";
  throw new BadUserInputError(
    `runId: run ${runId} of kind ${run.kind} trained nothing to be reproduced${elsewhere}`,
    { runId, kind: run.kind },
  );
}

const importedOrigin = z.object({ importedFrom: importedFrom.pick({ origin: true }) });

class Reproduce {
  readonly #trainer: Trainer;

  constructor(
    private readonly run: RunContext<ReproduceParams>,
    private readonly on: Resources,
  ) {
    this.#trainer = new Trainer(on.pool, on.definitions);
  }

  async execute(): Promise<Result> {
    const { run } = this;
    const { pool } = this.on;
    const { runId: originalId, ...params } = run.params;
    const changed = await run.step("verify", (step) => this.#verify(params, step));
    const fitted = await run.step("fit", async (step) => {
      await new RunTracker(pool).saveSnapshot(run.runId, params.snapshot.id);
      // What is declared today is not asked: a feature may have come since, or gone.
      const learned = await learnedFeatures(pool, originalId);
      const table = await this.#trainer.read(params, step, learned);
      return this.#trainer.fitAndKeep(run.runId, params, table, step);
    });
    return run.step("compare", (step) => this.#compare(originalId, params, { fitted, changed }, step));
  }

  async #compare(
    originalId: string,
    params: TrainParams,
    { fitted, changed }: { fitted: FittedSummary; changed: readonly ReproductionDifference[] },
    step: StepContext,
  ): Promise<Result> {
    const { pool } = this.on;
    const { runId } = this.run;
    const metrics = Object.entries(fitted.metrics).map(([name, value]) => ({ name, value }));
    await new RunTracker(pool).saveMetrics(runId, metrics);
    const reproduced = (await readTrainingRecord(pool, runId))!;
    const { record, complete } = await this.#original(originalId, params);
    const differences = [...changed, ...compareTrainings(record, reproduced)];
    if (differences.length > 0) await this.#refuseErased(originalId, params);
    const environment = differingLeaves("environment", record.environment, reproduced.environment);
    const identical = differences.length === 0;
    const named = differences.map(({ what }) => what).join(", ");
    await step.log(identical ? "identical" : `not identical: ${named}`, { differences, environment });
    return { runId: originalId, identical, differences, environment, complete, sha256: fitted.sha256 };
  }

  /** What differs because rows are gone on purpose is no difference. @throws {RowsErasedError} */
  async #refuseErased(originalId: string, params: TrainParams): Promise<void> {
    const { pool, definitions } = this.on;
    const erased = await new SnapshotStore(pool).erasedSince(originalId, partsReadBy(definitions, params));
    if (erased > 0) throw new RowsErasedError(originalId, erased);
  }

  /** Whether the snapshots' rows are still what was published; those that were erased count by what they left. */
  async #verify(params: TrainParams, step: StepContext): Promise<ReproductionDifference[]> {
    const differences: ReproductionDifference[] = [];
    const limits: string[] = [];
    for (const { id, names } of partsReadBy(this.on.definitions, params)) {
      for (const { name, recorded, found, limit } of await verifySnapshot(
        this.on.pool,
        (part) => keyOfPart(this.on.definitions, part),
        id,
        names,
      )) {
        if (limit)
          limits.push(`${name} verified until ${limit.until.toISOString()}; since then ${limit.since}`);
        if (recorded === found) continue;
        differences.push({ what: `snapshot ${id}, ${name}`, original: recorded, reproduced: found });
      }
    }
    const changed = differences.map(({ what }) => what).join("; ");
    await step.log(
      changed
        ? `changed since they were published: ${changed}`
        : ["the snapshots are as published", ...limits].join("; "),
    );
    return differences;
  }

  /** For a run without a training record: the model, threshold and metrics from its rows. */
  async #original(
    runId: string,
    params: TrainParams,
  ): Promise<{ record: TrainingRecord; complete: boolean }> {
    const kept = await readTrainingRecord(this.on.pool, runId);
    if (kept) return { record: kept, complete: true };
    const version = await new ModelStore(this.on.pool).findTrained(runId);
    const runs = new RunStore(this.on.pool);
    const run = (await runs.find(runId))!;
    // The outcome, not the series by tree or iteration.
    const points = (await runs.metrics([runId]))[0]!.filter(({ step }) => step === 0);
    const record = {
      params,
      dataSha256: null,
      splitSha256: null,
      // A trial that was not the best has no version, its hash is in its result.
      modelSha256: version?.sha256 ?? (run.result?.sha256 as string | undefined) ?? null,
      threshold: version?.threshold ?? null,
      metrics: Object.fromEntries(points.map(({ name, value }) => [name, value])),
      environment: run.environment,
    };
    return { record, complete: false };
  }
}
