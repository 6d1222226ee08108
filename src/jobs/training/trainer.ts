import type { Client, Pool } from "../../db/pool.js";
import { type Deployment, type FeatureService, findService } from "../../definitions/language/deployment.js";
import { entityOfService } from "../../definitions/language/entities.js";
import { entityNames } from "../../definitions/language/entity-names.js";
import { BadUserInputError, ModelNotFoundError } from "../../errors/errors.js";
import { declaredFeatures, weightInWords } from "../../features/pinned-columns.js";
import { requireRows } from "../../features/snapshot-rows.js";
import {
  countLabelledUsers,
  type PinnedSnapshots,
  pinLearnedColumns,
  pinTrainingColumns,
  readTrainingBatches,
  type TrainingColumns,
} from "../../features/training-rows.js";
import type { ModelVersion } from "../../registry/model.js";
import { ModelStore } from "../../registry/model-store.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { trainingDataSha256 } from "../../training/data-hash.js";
import { MAX_CATEGORIES } from "../../training/matrix.js";
import { trainBesideRequests } from "../../training/session/train-beside-requests.js";
import { headline, taskForService, taskOf } from "../../training/tasks/registry.js";
import { type FeatureValue, TrainingDataBuilder } from "../../training/training-data.js";
import type { FeatureSpec, TrainOptions, TrainProgress, TrainResult } from "../../training/types.js";
import { requireWeights } from "../../training/validate.js";
import type { StepContext } from "../run-kind.js";
import { describe, type FittedSummary, type ReadTable } from "./fitted.js";
import {
  datesOf,
  type PinnedDate,
  snapshotIdsOf,
  type TrainingRowsParams,
  type TrainParams,
} from "./train-params.js";
import { saveTrainingArtifacts } from "./training-artifacts.js";
import { type FeaturesOfTraining, featureSpecs } from "./training-features.js";

/** What train, trainAndCompare, reproduce and tune runs have in common: read, fit, keep, register. */
export class Trainer {
  constructor(
    readonly pool: Pool,
    private readonly definitions: Deployment,
  ) {}

  /**
   * @param learned what an earlier training of these rows learned from; the service's features, but for those that are
   *   left out, unless given
   * @throws {SnapshotDroppedError} retention dropped the rows of a pinned snapshot, meanwhile too
   * @throws {UndeclaredFeaturesError} a pinned snapshot was made without one of the features
   */
  async read(
    params: TrainingRowsParams,
    step: StepContext,
    learned: FeaturesOfTraining | null = null,
  ): Promise<ReadTable> {
    const service = findService(this.definitions, params.model);
    if (!service) throw new ModelNotFoundError(params.model);
    const dates = datesOf(params);
    const { manyWords } = entityNames(entityOfService(this.definitions, service));
    const read = await this.#pin(service, params, learned);
    const columns = read.at(-1)!.columns;
    const labelled = read.reduce((sum, date) => sum + date.labelled, 0);
    const task = taskForService(service);
    const names = dates.map(({ asOf }) => asOf);
    const specs = featureSpecs(columns.features);
    const { weight } = columns;
    const builder = new TrainingDataBuilder(
      ...([
        specs,
        labelled,
        task.labelArray,
        names,
        task.hasClasses,
        weight && weightInWords(weight),
      ] as const),
    );
    const startedAt = performance.now();
    let rows = 0;
    let reported = 0;
    for (const [date, { pinned, columns }] of read.entries()) {
      for await (const batch of readTrainingBatches(this.pool, this.definitions, service, pinned, columns)) {
        for (const row of batch)
          builder.add(row.key, row.label, row.values as FeatureValue[], date, row.weight);
        rows += batch.length;
        if (rows < reported + 5_000) continue;
        reported = rows;
        step.signal.throwIfAborted();
        const rowsPerSecond = Math.round((rows * 1000) / (performance.now() - startedAt));
        const message = `${rows} of ${labelled} labelled ${manyWords} read, ${rowsPerSecond} rows/s`;
        step.progress(rows / labelled, message, { rowsPerSecond });
      }
    }
    // Retention may have come between the asking and the reading: then fewer rows, or none, were read.
    await requireRows(this.pool, snapshotIdsOf(params));
    const left = labelled > rows ? `; ${labelled - rows} labelled ${manyWords} lack a row in some view` : "";
    await step.log(`read ${rows} rows${inWords(params)}${left}`, { rows, labelled });
    const built = builder.finish();
    requireWeights(built);
    const labelsOf = dates.map(({ labelAsOf }) => labelAsOf);
    const data = built.dates ? { ...built, dates: { ...built.dates, labelsOf } } : built;
    if (!params.targetEncoding) await sayWhatIsLeftOut(data, step);
    const types = Object.fromEntries(columns.features.map(({ name, type }) => [name, type]));
    const byDate = read.length > 1 ? { columnsByDate: read.map(({ columns }) => columns) } : {};
    return { task: task.name, data, sha256: await trainingDataSha256(data), types, columns, ...byDate };
  }

  /** Of each date the columns that are read, and how many rows have a label. */
  async #pin(
    service: FeatureService,
    params: TrainingRowsParams,
    learned: FeaturesOfTraining | null,
  ): Promise<{ pinned: PinnedSnapshots; columns: TrainingColumns; labelled: number }[]> {
    const { pool, definitions } = this;
    const read = [];
    for (const [place, { snapshot, labelSnapshot }] of datesOf(params).entries()) {
      const pinned = { features: snapshot.id, label: labelSnapshot.id };
      const columns =
        learned === null
          ? await pinTrainingColumns(pool, service, pinned, notRead(service, params))
          : "names" in learned
            ? await pinLearnedColumns(pool, service, pinned, learned.names)
            : learned.byDate[place]!;
      const labelled = await countLabelledUsers(pool, definitions, service, pinned, columns);
      read.push({ pinned, columns, labelled });
    }
    requireOneKind(datesOf(params), read);
    return read;
  }

  /** @param reports false: none are made, of what is only compared */
  async fit(
    { task, data }: ReadTable,
    params: TrainParams,
    step: StepContext,
    reports = true,
  ): Promise<TrainResult> {
    const options: TrainOptions = {
      task,
      algorithm: params.algorithm,
      seed: params.seed,
      testFraction: params.testFraction,
      ...(params.heldOutFrom !== undefined && { heldOutFrom: params.heldOutFrom }),
      params: params.hyperparameters,
      folds: params.folds ?? 0,
      ...(params.share && { share: params.share }),
      ...(!reports && { reports }),
      ...(params.costs && { decision: { kind: "cost", ...params.costs } }),
      ...(params.decision && { decision: params.decision }),
      ...(params.selectFeatures && { selectFeatures: params.selectFeatures }),
      ...(params.targetEncoding && { targetEncoding: params.targetEncoding }),
      ...(params.calibration && { calibration: params.calibration }),
    };
    const onProgress = (progress: TrainProgress) => report(step, progress);
    const result = await trainBesideRequests(data, options, { onProgress, signal: step.signal });
    if (params.selectFeatures) await saySelection(data.features, result.features, step);
    return result;
  }

  /** Keeps the model and everything said about it as artifacts of the run. */
  async keep(
    runId: string,
    params: TrainParams,
    table: ReadTable,
    result: TrainResult,
  ): Promise<FittedSummary> {
    const fitted = describe(table, result);
    await saveTrainingArtifacts(this.pool, runId, params, { result, fitted });
    return fitted;
  }

  async fitAndKeep(
    runId: string,
    params: TrainParams,
    table: ReadTable,
    step: StepContext,
  ): Promise<FittedSummary> {
    return this.keep(runId, params, table, await this.fit(table, params, step));
  }

  /** The run's metrics and its version, once; the same run again gets the version it has. */
  async register(
    tx: Client,
    runId: string,
    params: TrainParams,
    fitted: FittedSummary,
  ): Promise<ModelVersion> {
    const { sha256, bytes, threshold, signature } = fitted;
    const tracker = new RunTracker(tx);
    const metrics = Object.entries(fitted.metrics).map(([name, value]) => ({ name, value }));
    await tracker.saveMetrics(runId, [...metrics, ...fitted.curve]);
    const version = await new ModelStore(tx).register({
      model: params.model,
      algorithm: params.algorithm,
      sha256,
      bytes,
      runId,
      snapshotId: params.snapshot.id,
      labelSnapshotId: params.labelSnapshot.id,
      trainedSnapshots: params.dates ? snapshotIdsOf(params) : null,
      signature,
      threshold,
    });
    await tracker.event(runId, {
      type: "METRIC",
      step: "register",
      message: `version ${version.version}: ${headline(taskOf(signature), fitted.metrics)}`,
      data: fitted.metrics,
    });
    return version;
  }
}

async function saySelection(
  all: readonly FeatureSpec[],
  learnt: readonly FeatureSpec[],
  step: StepContext,
): Promise<void> {
  const features = learnt.map(({ name }) => name);
  const leftOut = all.map(({ name }) => name).filter((name) => !features.includes(name));
  const left = leftOut.length > 0 ? leftOut.join(", ") : "none";
  await step.log(
    `selectFeatures: learnt from ${features.length} of ${all.length} features: ${features.join(", ")}; left out: ${left}`,
    { features, leftOut },
  );
}

/** A model without target encoding learns so many categories of a feature and no more. */
async function sayWhatIsLeftOut(
  { features, categorical }: ReadTable["data"],
  step: StepContext,
): Promise<void> {
  const texts = features.filter(({ kind }) => kind === "categorical");
  const many = texts.filter((_, k) => categorical[k]!.vocabulary.length > MAX_CATEGORIES);
  if (many.length === 0) return;
  const names = many.map(({ name }) => name).join(", ");
  await step.log(
    `of ${names} the ${MAX_CATEGORIES} most frequent categories are learnt; targetEncoding learns all`,
    { features: many.map(({ name }) => name) },
  );
}

/** The service's features that are not learnt from. */
function notRead(service: FeatureService, { features, leftOut = [] }: TrainingRowsParams): string[] {
  if (!features) return leftOut;
  return declaredFeatures(service)
    .map(({ name }) => name)
    .filter((name) => !features.includes(name) || leftOut.includes(name));
}

/** Of a panel: how many dates there are, and which were left out. */
function inWords({ dates, leftOutDates }: TrainingRowsParams): string {
  const of = dates ? ` of ${dates.length} dates, ${dates[0]!.asOf} to ${dates.at(-1)!.asOf}` : "";
  if (!leftOutDates) return of;
  const why = leftOutDates.map(({ asOf, reason }) => `${asOf}, ${reason}`).join("; ");
  return `${of}; ${leftOutDates.length} dates left out: ${why}`;
}

/** A feature is a number or a category on all dates. @throws {BadUserInputError} its column's type changed between two */
function requireOneKind(dates: readonly PinnedDate[], read: readonly { columns: TrainingColumns }[]): void {
  const newest = new Map(featureSpecs(read.at(-1)!.columns.features).map(({ name, kind }) => [name, kind]));
  for (const [place, { columns }] of read.entries()) {
    const other = featureSpecs(columns.features).find(({ name, kind }) => newest.get(name) !== kind);
    if (!other) continue;
    const { asOf } = dates[place]!;
    throw new BadUserInputError(
      `feature ${other.name} is ${other.kind} on ${asOf} and ${newest.get(other.name)} on ${dates.at(-1)!.asOf}; train on dates after ${asOf}`,
      { feature: other.name, asOf },
    );
  }
}

function report(step: StepContext, { phase, done, total, unit, ratePerSecond, metric }: TrainProgress): void {
  const rate = ratePerSecond === undefined ? "" : `, ${Math.round(ratePerSecond)} ${unit}/s`;
  const value = metric ? `, ${metric.name} ${metric.value.toFixed(4)}` : "";
  const message = `${phase.replaceAll("_", " ")}: ${done} of ${total} ${unit}${rate}${value}`;
  step.progress(done / total, message, { phase, done, total, unit, ratePerSecond, metric });
}
