import type { Deployment, FeatureService } from "../definitions/language/deployment.js";
import { findService } from "../definitions/language/deployment.js";
import {
  BadUserInputError,
  ConflictError,
  ModelNotFoundError,
  RunNotFoundError,
  SnapshotNotFoundError,
} from "../errors/errors.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import { UndeclaredFeaturesError } from "../errors/undeclared-features.js";
import { declaredFeatures, declaredLabel, pinColumns } from "../features/pinned-columns.js";
import { requireUsable } from "../features/snapshot-rows.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import { requireWithdrawable } from "../features/snapshot-withdrawal.js";
import type { Snapshot } from "../features/types.js";
import { schemeOf } from "../ingest/sources/registry.js";
import type { Algorithm } from "../registry/model.js";
import type { Run } from "../registry/run.js";
import type { RunStore } from "../registry/run-store.js";
import { learners } from "../training/learners/registry.js";
import { resolveParams } from "../training/params.js";
import { drawTrials, resolveSpace } from "../training/search-space.js";
import { type DriftRequest, pinDrift } from "./drift/drift-request.js";
import type { Dispatcher } from "./engine/dispatcher.js";
import { type ExportRequest, pinExport } from "./export/export-request.js";
import type { IngestParams } from "./ingest/ingest.job.js";
import type { ReproduceParams } from "./reproduce/reproduce.job.js";
import type { TrainAndCompareParams } from "./train-and-compare/train-and-compare.job.js";
import type { PinnedSnapshot, TrainingRowsParams, TrainParams } from "./training/train-params.js";
import type { TunedMetric, TuneParams } from "./tune/tune.job.js";
import type { WithdrawParams } from "./withdraw/withdraw.job.js";

export interface IngestRequest extends IngestParams {
  /** Takes a date after today. */
  allowFuture?: boolean;
}

/** What is done with declared features that the snapshot was made without. */
export type Undeclared = "REFUSE" | "LEAVE_OUT";

export interface TrainRequest {
  asOf: string;
  labelAsOf?: string | null;
  model: string;
  algorithm: Algorithm;
  seed: number;
  testFraction: number;
  params?: unknown;
  folds?: number | null;
  /** REFUSE unless given. */
  undeclared?: Undeclared;
}

export interface TuneRequest extends Omit<TrainRequest, "params"> {
  trials: number;
  timeBudgetSeconds: number;
  searchSeed: number;
  metric: TunedMetric;
  space?: unknown;
}

export interface TrainAndCompareRequest extends TrainRequest {
  /** Trained beside the asked algorithm and those that always challenge, with their defaults. */
  candidates?: readonly Algorithm[] | null;
}

/** Checks what is asked, pins what decides the outcome, and queues the run. */
export class JobService {
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly snapshots: SnapshotStore,
    private readonly runs: Pick<RunStore, "findByIds">,
    private readonly definitions: Deployment,
    private readonly dataDir: string,
  ) {}

  /**
   * @throws {BadUserInputError} the source is of no scheme; the date is after today
   * @throws {SourceNotFoundError} it is known not to be there, or that a file is missing
   */
  async ingest({ source, asOf, allowFuture }: IngestRequest, actor: string): Promise<Run> {
    requireNotFuture(asOf, allowFuture ?? false, new Date());
    await schemeOf(source).check(source, { dataDir: this.dataDir, sources: this.definitions.sources });
    return this.dispatcher.start("INGEST", { source, asOf }, actor);
  }

  /**
   * @throws {SnapshotNotFoundError} no snapshot of that date, or none at all
   * @throws {SnapshotDroppedError} retention dropped its rows
   */
  async materialize({ asOf }: { asOf: string | null }, actor: string): Promise<Run> {
    const snapshot = asOf === null ? await this.snapshots.newest() : await this.snapshots.find(asOf);
    if (!snapshot) throw new SnapshotNotFoundError(asOf ?? "any date");
    requireUsable(snapshot);
    return this.dispatcher.start("MATERIALIZE", { asOf }, actor);
  }

  /** @throws what `pinDrift` throws */
  async detectDrift(request: DriftRequest, actor: string): Promise<Run> {
    const params = await pinDrift(request, this.snapshots, this.definitions);
    return this.dispatcher.start("DRIFT", { ...params }, actor);
  }

  /** @throws what `requireWithdrawable` throws; {BadUserInputError} the reason is empty */
  async withdrawSnapshot(params: WithdrawParams, actor: string): Promise<Run> {
    if (params.reason.trim() === "")
      throw new BadUserInputError("reason: say why it is withdrawn; it is empty");
    await requireWithdrawable(this.snapshots, params.asOf);
    return this.dispatcher.start("WITHDRAW", { ...params }, actor);
  }

  verifyParity(actor: string): Promise<Run> {
    return this.dispatcher.start("VERIFY_PARITY", {}, actor);
  }

  /**
   * @throws {BadUserInputError} a parameter is unknown or out of range
   * @throws {ModelNotFoundError} no feature service of that name
   * @throws {SnapshotNotFoundError} no snapshot of the date of the features or of the labels
   * @throws {SnapshotDroppedError} retention dropped the rows of one of them
   */
  async train(request: TrainRequest, actor: string): Promise<Run> {
    const candidate = resolveCandidate(request.algorithm, request.params);
    const { folds } = request;
    if (folds) requireRange("folds", folds, 2, 20);
    const params: TrainParams = {
      ...(await this.#pinRows(request)),
      ...candidate,
      ...(folds ? { folds } : {}),
    };
    return this.dispatcher.start("TRAIN", { ...params }, actor);
  }

  /**
   * The asked algorithm with its parameters; those that always challenge and whatever else is named with their defaults.
   * @throws what `train` throws
   * @throws {BadUserInputError} delta is not between -1 and 1
   */
  async trainAndCompare(request: TrainAndCompareRequest, delta: number, actor: string): Promise<Run> {
    requireRange("delta", delta, -1, 1);
    const asked = resolveCandidate(request.algorithm, request.params);
    const always = [...learners].filter(({ challenges }) => challenges).map(({ name }) => name);
    const challengers = [...new Set([...always, ...(request.candidates ?? [])])]
      .filter((algorithm) => algorithm !== request.algorithm)
      .map((algorithm) => resolveCandidate(algorithm, {}));
    const candidates = [asked, ...challengers];
    const params: TrainAndCompareParams = { ...(await this.#pinRows(request)), candidates, delta };
    return this.dispatcher.start("TRAIN_AND_COMPARE", { ...params }, actor);
  }

  /**
   * @throws what `train` throws
   * @throws {BadUserInputError} a budget is out of range; the space names what is no parameter, or values out of range
   */
  async tune(request: TuneRequest, actor: string): Promise<Run> {
    const { trials: count, timeBudgetSeconds, searchSeed, metric } = request;
    requireRange("trials", count, 1, 200);
    requireRange("timeBudgetSeconds", timeBudgetSeconds, 1, 86_400);
    requireRange("searchSeed", searchSeed, 0, 2 ** 31 - 1);
    const { algorithm } = resolveCandidate(request.algorithm, {});
    const space = resolveSpace(algorithm, request.space);
    const params: TuneParams = {
      ...(await this.#pinRows(request)),
      algorithm,
      metric,
      timeBudgetSeconds,
      searchSeed,
      space,
      trials: drawTrials(algorithm, space, count, searchSeed),
    };
    return this.dispatcher.start("TUNE", { ...params }, actor);
  }

  /**
   * Of a comparison or a search: the run it chose.
   * @throws {RunNotFoundError}
   * @throws {ConflictError} the run has not succeeded; retention dropped its rows
   * @throws {BadUserInputError} the run trained nothing
   * @throws {SnapshotNotFoundError} a snapshot it pinned is gone
   */
  async reproduce(runId: string, actor: string): Promise<Run> {
    const original = await this.#trainingRun(runId);
    const params = { ...(original.params as unknown as TrainParams), runId: original.id };
    for (const [pinned, asOf] of [
      [params.snapshot, params.asOf],
      [params.labelSnapshot, params.labelAsOf],
    ] as const) {
      const [snapshot] = await this.snapshots.findByIds([pinned.id]);
      if (!snapshot) throw new SnapshotNotFoundError(asOf, pinned.revision);
      // What was withdrawn since is read all the same: that is what the run was trained from.
      if (!snapshot.rowsAvailable) throw new SnapshotDroppedError(snapshot.asOf, snapshot.revision);
    }
    return this.dispatcher.start("REPRODUCE", { ...(params satisfies ReproduceParams) }, actor);
  }

  /**
   * @throws {BadUserInputError} a feature is unknown or named twice, no format, an offset out of range, dates in the wrong order
   * @throws {ModelNotFoundError} no feature service of that name
   * @throws {SnapshotNotFoundError} no snapshot in these dates, or none as many dates later for the labels
   * @throws {SnapshotDroppedError} retention dropped the rows of one of them
   */
  async exportTrainingSet(request: ExportRequest, actor: string): Promise<Run> {
    const params = await pinExport(this.snapshots, this.definitions, request);
    return this.dispatcher.start("EXPORT", { ...params }, actor);
  }

  cancel(runId: string, actor: string): Promise<Run> {
    return this.dispatcher.cancel(runId, actor);
  }

  retry(runId: string, actor: string): Promise<Run> {
    return this.dispatcher.retry(runId, actor);
  }

  async #trainingRun(runId: string): Promise<Run> {
    const [run] = await this.runs.findByIds([runId]);
    if (!run) throw new RunNotFoundError(runId);
    if (run.status !== "SUCCEEDED") {
      throw new ConflictError(`run ${runId} is ${run.status}; only a run that SUCCEEDED can be reproduced`, {
        runId,
        status: run.status,
      });
    }
    if (run.kind === "TRAIN") return run;
    const { candidate, best } = (run.result ?? {}) as Record<string, { runId?: string } | undefined>;
    const chosen = candidate?.runId ?? best?.runId;
    if (chosen) return this.#trainingRun(chosen);
    throw new BadUserInputError(`runId: run ${runId} of kind ${run.kind} trained nothing to be reproduced`, {
      runId,
      kind: run.kind,
    });
  }

  async #pinRows(
    request: Pick<TrainRequest, "asOf" | "labelAsOf" | "model" | "seed" | "testFraction" | "undeclared">,
  ): Promise<TrainingRowsParams> {
    const { asOf, model, seed, testFraction } = request;
    const labelAsOf = request.labelAsOf ?? asOf;
    const service = findService(this.definitions, model);
    if (!service) throw new ModelNotFoundError(model);
    requireRange("seed", seed, 0, 2 ** 32 - 1);
    requireRange("testFraction", testFraction, 0.05, 0.5);
    const [snapshot, labelSnapshot] = [pin(await this.#find(asOf)), pin(await this.#find(labelAsOf))];
    const leftOut = await this.#undeclared(service, snapshot, labelSnapshot, labelAsOf, request);
    const rows = { asOf, labelAsOf, model, seed, testFraction, snapshot, labelSnapshot };
    return leftOut.length > 0 ? { ...rows, leftOut } : rows;
  }

  /**
   * The service's features that the snapshot was made without.
   * @throws {UndeclaredFeaturesError} there are some and they are not to be left out, or nothing else is; or the label is one
   */
  async #undeclared(
    service: FeatureService,
    snapshot: PinnedSnapshot,
    labelSnapshot: PinnedSnapshot,
    labelAsOf: string,
    { asOf, undeclared = "REFUSE" }: Pick<TrainRequest, "asOf" | "undeclared">,
  ): Promise<string[]> {
    const parts = await this.snapshots.parts([snapshot.id, labelSnapshot.id]);
    const label = pinColumns(parts.get(labelSnapshot.id)!, [declaredLabel(service)]);
    if (label.undeclared.length > 0)
      throw new UndeclaredFeaturesError(labelAsOf, label.undeclared, "take the labels of another date");
    const features = pinColumns(parts.get(snapshot.id)!, declaredFeatures(service));
    if (features.undeclared.length === 0) return [];
    const remedy = "train on a later date, or leave them out (undeclared: LEAVE_OUT)";
    if (undeclared === "REFUSE" || features.pinned.length === 0)
      throw new UndeclaredFeaturesError(asOf, features.undeclared, remedy);
    return features.undeclared;
  }

  async #find(asOf: string): Promise<Snapshot> {
    const snapshot = await this.snapshots.find(asOf);
    if (!snapshot) throw new SnapshotNotFoundError(asOf);
    return requireUsable(snapshot);
  }
}

const DAY_MS = 86_400_000;

/** One day's grace: somewhere it is tomorrow already. What is served is never replaced by an older date. */
function requireNotFuture(asOf: string, allowFuture: boolean, now: Date): void {
  const latest = new Date(now.getTime() + DAY_MS).toISOString().slice(0, 10);
  if (allowFuture || asOf <= latest) return;
  throw new BadUserInputError(
    `asOf: ${asOf} is after today, ${now.toISOString().slice(0, 10)} in UTC: once published, no ingest before that date would reach the online store; correct the date, or say allowFuture: true`,
    { argument: "asOf", asOf },
  );
}

function resolveCandidate(
  algorithm: Algorithm,
  params: unknown,
): Pick<TrainParams, "algorithm" | "hyperparameters"> {
  if (!learners.find(algorithm)) {
    throw new BadUserInputError(
      `algorithm: ${algorithm} cannot be trained yet; take one of ${learners.names().join(", ")}`,
      { algorithm },
    );
  }
  return { algorithm, hyperparameters: resolveParams(algorithm, params ?? {}) };
}

const pin = ({ id, revision, contentSha256 }: Snapshot): PinnedSnapshot => ({
  id,
  revision,
  contentSha256,
});

function requireRange(name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new BadUserInputError(`${name}: ${value} is out of range; take a value from ${min} to ${max}`, {
    [name]: value,
  });
}
