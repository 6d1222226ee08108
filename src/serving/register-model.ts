import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { type Deployment, findService, labelTypeOf } from "../definitions/language/deployment.js";
import {
  BadUserInputError,
  ConflictError,
  ModelNotFoundError,
  RunNotFoundError,
  SnapshotNotFoundError,
} from "../errors/errors.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import { RunEndedError } from "../errors/tracking-errors.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import { readTrainingRows } from "../features/training-rows.js";
import type { Snapshot } from "../features/types.js";
import { ArtifactStore, type NewArtifact, sha256Hex } from "../registry/artifact-store.js";
import { addArtifact, endRun, holdOpen, savingBytes } from "../registry/external-runs.js";
import type { ModelVersion } from "../registry/model.js";
import { ModelStore } from "../registry/model-store.js";
import { RunTracker } from "../registry/run-tracker.js";
import { headline, taskForLabel, taskOf } from "../training/tasks/registry.js";
import { isWithin, outOfRange, PROBABILITY, type Range, SEED, TEST_FRACTION } from "../values/ranges.js";
import type { ModelLimits } from "./isolated/limits.js";
import { TrialQueue } from "./isolated/trial-queue.js";
import { EXPECTED_TOLERANCE, type JudgeRequest, judgeModel } from "./judge-model.js";
import { judgedHere } from "./stored-evaluations.js";

export interface RegisterRequest extends JudgeRequest {
  runId: string;
  /** Of the run's artifacts, the ONNX file. */
  artifact: string;
  /** The file itself: it becomes that artifact, together with the version. */
  onnx?: NewArtifact | null;
  /** The date of the features it is judged on, and of the labels unless `labelAsOf` says another. */
  asOf: string;
  labelAsOf?: string | null;
}

/**
 * Registers a model that was trained elsewhere, with what it is judged by on the rows that the seed holds out. Whether its
 * trainer kept them apart only its trainer knows.
 */
export class ModelRegistration {
  readonly #trials = new TrialQueue();

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly snapshots: SnapshotStore,
    private readonly limits?: ModelLimits,
  ) {}

  /**
   * One transaction: file, version, metrics, and the run's end where it is still RUNNING.
   * @throws {RunNotFoundError} @throws {ModelNotFoundError} @throws {SnapshotNotFoundError}
   * @throws {UnusableModelError} what is wrong with the file, and where
   * @throws {ConflictError} the run is asof's own, failed, or has registered another file
   */
  async register(request: RegisterRequest, actor: string): Promise<ModelVersion> {
    const { runId, model } = request;
    const service = findService(this.definitions, model);
    if (!service) throw new ModelNotFoundError(model);
    requireRanges(request);
    const bytes = request.onnx ? Buffer.from(request.onnx.bytes) : await this.#readFile(request);
    const sha256 = sha256Hex(bytes);
    const there = await this.#registered(request, sha256);
    if (there) return there;
    const pinned = {
      features: await this.#pin(request.asOf),
      label: await this.#pin(request.labelAsOf ?? request.asOf),
    };
    const judged = await this.#trials.run(() =>
      judgeModel(this.pool, this.definitions, request, bytes, pinned, this.limits),
    );
    const registration = {
      model,
      artifact: request.artifact,
      asOf: request.asOf,
      labelAsOf: request.labelAsOf ?? request.asOf,
      seed: request.seed,
      testFraction: request.testFraction,
      snapshot: pinOf(pinned.features),
      labelSnapshot: pinOf(pinned.label),
    };
    const register = async (tx: Client) => {
      // Asked for twice at once: the second finds what the first has registered.
      const { run, version: other } = await findRegistered(tx, request, sha256);
      if (other) return other;
      if (request.onnx) await addArtifact(tx, runId, request.onnx);
      const tracker = new RunTracker(tx);
      await tx.query(APPEND_METRICS, [runId, Object.keys(judged.metrics), Object.values(judged.metrics)]);
      await tracker.addParams(runId, { registration });
      for (const report of judgedHere(judged.reports)) await new ArtifactStore(tx).save(runId, report);
      await tracker.saveSnapshot(runId, pinned.features.id);
      const version = await new ModelStore(tx).register({
        model,
        algorithm: "EXTERNAL",
        sha256,
        bytes: bytes.byteLength,
        runId,
        snapshotId: pinned.features.id,
        labelSnapshotId: pinned.label.id,
        signature: judged.signature,
        threshold: judged.threshold,
      });
      const { threshold, warnings } = judged;
      await tracker.saveResult(runId, { version: version.version, sha256, threshold, warnings });
      for (const warning of warnings)
        await tracker.event(runId, { type: "LOG", message: `warning: ${warning}` });
      await tracker.event(runId, {
        type: "METRIC",
        message: `version ${version.version}: ${headline(taskOf(judged.signature), judged.metrics)} on the held-out rows`,
        data: judged.metrics,
      });
      if (run.status === "RUNNING") await endRun(tx, runId, "SUCCEEDED", null, actor);
      return version;
    };
    return savingBytes(() => withTransaction(this.pool, register));
  }

  /**
   * The users that a model registered with this date, seed and fraction is judged on, in key order: a trainer that leaves
   * them out is judged fairly. @throws {ModelNotFoundError} @throws {SnapshotNotFoundError}
   */
  async heldOut(
    request: Omit<RegisterRequest, "runId" | "artifact" | "onnx" | "signature">,
  ): Promise<string[]> {
    const service = findService(this.definitions, request.model);
    if (!service) throw new ModelNotFoundError(request.model);
    requireRanges(request);
    const ids = {
      features: (await this.#pin(request.asOf)).id,
      label: (await this.#pin(request.labelAsOf ?? request.asOf)).id,
    };
    const keys: string[] = [];
    const labels: number[] = [];
    for await (const { key, label } of readTrainingRows(this.pool, this.definitions, service, ids)) {
      keys.push(key);
      labels.push(Number(label));
    }
    const task = taskForLabel(labelTypeOf(service));
    const { test } = task.split(keys, task.labelArray.from(labels), request.testFraction, request.seed);
    return Array.from(test.sort(), (row) => keys[row]!);
  }

  async #readFile({ runId, artifact }: RegisterRequest): Promise<Buffer> {
    const { rows } = await this.pool.query<{ kind: string; status: string; bytes: Buffer | null }>(
      `select kind, status, (select b.bytes from artifacts a join artifact_blobs b using (sha256) where run_id = $1 and a.name = $2) as bytes
       from runs where id = $1`,
      [runId, artifact],
    );
    if (!rows[0]) throw new RunNotFoundError(runId);
    if (rows[0].bytes) return rows[0].bytes;
    throw new BadUserInputError(
      `artifact: run ${runId} has none named ${JSON.stringify(artifact)}; POST /runs/${runId}/artifacts/${encodeURIComponent(artifact)} uploads it`,
      { artifact },
    );
  }

  async #registered(request: RegisterRequest, sha256: string): Promise<ModelVersion | null> {
    return (await withTransaction(this.pool, (tx) => findRegistered(tx, request, sha256))).version;
  }

  async #pin(asOf: string): Promise<Snapshot> {
    const snapshot = await this.snapshots.find(asOf);
    if (!snapshot) throw new SnapshotNotFoundError(asOf);
    if (!snapshot.rowsAvailable) throw new SnapshotDroppedError(snapshot.asOf, snapshot.revision);
    return snapshot;
  }
}

/** Each behind the last step the trainer logged of that name: what the gates read was measured here. */
const APPEND_METRICS = `
  insert into run_metrics (run_id, name, step, value)
  select $1, m.name, coalesce(l.step + 1, 0), m.value from unnest($2::text[], $3::float8[]) m(name, value)
  left join run_latest_metrics l on l.run_id = $1 and l.name = m.name order by m.name`;

/** The run, held to the end of the transaction, and its version if it has one: of this very file. */
async function findRegistered(tx: Client, { runId, onnx }: RegisterRequest, sha256: string) {
  const run = await holdOpen(tx, runId, ["RUNNING", "SUCCEEDED"]);
  const there = (await new ModelStore(tx).findVersionsByRun([runId]))[0];
  if (there) return { run, version: sameOrRefuse(there, sha256) };
  if (onnx && run.status !== "RUNNING") throw new RunEndedError(runId, run.status);
  return { run, version: null };
}

function sameOrRefuse(version: ModelVersion, sha256: string): ModelVersion {
  if (version.sha256 === sha256) return version;
  throw new ConflictError(
    `run ${version.runId} has registered version ${version.version} of ${JSON.stringify(version.model)}; another file needs a run of its own`,
  );
}

function requireRanges({
  testFraction,
  seed,
  threshold,
  expectedTolerance,
}: Pick<RegisterRequest, "testFraction" | "seed" | "threshold" | "expectedTolerance">): void {
  const asked: [string, number, Range][] = [
    ["testFraction", testFraction, TEST_FRACTION],
    ["seed", seed, SEED],
    ["threshold", threshold ?? 0.5, PROBABILITY],
    ["expectedTolerance", expectedTolerance ?? EXPECTED_TOLERANCE, PROBABILITY],
  ];
  for (const [name, value, range] of asked) {
    if (!isWithin(value, range))
      throw new BadUserInputError(`${name}: ${outOfRange(value, range)}`, { [name]: value });
  }
}

const pinOf = ({ id, revision, contentSha256 }: Snapshot) => ({ id, revision, contentSha256 });
