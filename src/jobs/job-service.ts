import type { Deployment } from "../definitions/language/deployment.js";
import { findService } from "../definitions/language/deployment.js";
import { BadUserInputError, ModelNotFoundError, SnapshotNotFoundError } from "../errors/errors.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import type { Snapshot } from "../features/types.js";
import { locateFiles, resolveSourceFolder } from "../ingest/source-folder.js";
import type { Algorithm } from "../registry/model.js";
import type { Run } from "../registry/run.js";
import { resolveParams } from "../training/params.js";
import { ALGORITHMS } from "../training/types.js";
import type { Dispatcher } from "./dispatcher.js";
import { type ExportRequest, pinExport } from "./export-request.js";
import type { IngestParams } from "./ingest.job.js";
import type { TrainParams } from "./train.job.js";

export interface TrainRequest {
  asOf: string;
  labelAsOf?: string | null;
  model: string;
  algorithm: Algorithm;
  seed: number;
  testFraction: number;
  params?: unknown;
}

/** Checks what is asked, pins what decides the outcome, and queues the run. */
export class JobService {
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly snapshots: SnapshotStore,
    private readonly definitions: Deployment,
    private readonly dataDir: string,
  ) {}

  /**
   * @throws {BadUserInputError} the source is no folder name under the data directory
   * @throws {SourceNotFoundError} the folder or one of its files is missing
   */
  async ingest({ source, asOf }: IngestParams, actor: string): Promise<Run> {
    const folder = await resolveSourceFolder(this.dataDir, source);
    await locateFiles(folder, source, this.definitions.sources);
    return this.dispatcher.start("INGEST", { source, asOf }, actor);
  }

  /**
   * @throws {SnapshotNotFoundError} no snapshot of that date, or none at all
   * @throws {SnapshotDroppedError} retention dropped its rows
   */
  async materialize({ asOf }: { asOf: string | null }, actor: string): Promise<Run> {
    const snapshot = asOf === null ? await this.snapshots.newest() : await this.snapshots.find(asOf);
    if (!snapshot) throw new SnapshotNotFoundError(asOf ?? "any date");
    withRows(snapshot);
    return this.dispatcher.start("MATERIALIZE", { asOf }, actor);
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
    const { asOf, model, algorithm, seed, testFraction } = request;
    const labelAsOf = request.labelAsOf ?? asOf;
    if (!findService(this.definitions, model)) throw new ModelNotFoundError(model);
    const trained = ALGORITHMS.find((name) => name === algorithm);
    if (!trained) {
      throw new BadUserInputError(
        `algorithm: ${algorithm} cannot be trained yet; take one of ${ALGORITHMS.join(", ")}`,
        { algorithm },
      );
    }
    requireRange("seed", seed, 0, 2 ** 32 - 1);
    requireRange("testFraction", testFraction, 0.05, 0.5);
    const hyperparameters = { ...resolveParams(trained, request.params ?? {}) };
    const params: TrainParams = {
      asOf,
      labelAsOf,
      model,
      algorithm,
      seed,
      testFraction,
      hyperparameters,
      snapshot: pin(await this.#find(asOf)),
      labelSnapshot: pin(await this.#find(labelAsOf)),
    };
    return this.dispatcher.start("TRAIN", { ...params }, actor);
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

  async #find(asOf: string): Promise<Snapshot> {
    const snapshot = await this.snapshots.find(asOf);
    if (!snapshot) throw new SnapshotNotFoundError(asOf);
    return withRows(snapshot);
  }
}

function withRows(snapshot: Snapshot): Snapshot {
  if (!snapshot.rowsAvailable) throw new SnapshotDroppedError(snapshot.asOf, snapshot.revision);
  return snapshot;
}

const pin = ({ id, revision, contentSha256 }: Snapshot): TrainParams["snapshot"] => ({
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
