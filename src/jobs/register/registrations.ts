import { type Client, type Pool, withTransaction } from "../../db/pool.js";
import { type Deployment, type FeatureService, findService } from "../../definitions/language/deployment.js";
import { entityOfService } from "../../definitions/language/entities.js";
import { BadUserInputError, ModelNotFoundError } from "../../errors/errors.js";
import { RunEndedError, RunHasVersionError } from "../../errors/tracking-errors.js";
import { ErasedKeys } from "../../features/erasure/kept-out.js";
import type { SnapshotStore } from "../../features/snapshot-store.js";
import { readTrainingRows } from "../../features/training-rows.js";
import { holdImported, type ImportedFrom } from "../../registry/archive/imported-from.js";
import { ArtifactStore, type NewArtifact } from "../../registry/artifact-store.js";
import { holdOpen, savingBytes } from "../../registry/external-runs.js";
import { type SealedFiles, sealFiles } from "../../registry/files/sealed-files.js";
import type { VersionEntry } from "../../registry/model.js";
import { ModelStore, type VersionKey } from "../../registry/model-store.js";
import { RunStore } from "../../registry/run-store.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { holdTracked } from "../../registry/tracked-runs.js";
import type { ExpectedAnswer } from "../../serving/expected-answers.js";
import { EXPECTED_TOLERANCE, type JudgeRequest } from "../../serving/judge-model.js";
import type { RawLabel } from "../../training/tasks/classes.js";
import { readLabels, taskForService } from "../../training/tasks/registry.js";
import {
  isWithin,
  MOST_JUDGED_ROWS,
  outOfRange,
  PROBABILITY,
  type Range,
  SEED,
  TEST_FRACTION,
} from "../../values/ranges.js";
import type { Dispatcher } from "../engine/dispatcher.js";
import { requireCategories } from "../export/export-manifest.js";
import { findModelFile, keepModelFile, type ModelFileRequest, problemOf } from "./model-file.js";
import { type JudgementRequest, pinJudgement } from "./pin-judgement.js";
import { registerKind } from "./register.job.js";
import { expectedFile } from "./register-files.js";
import { type RegisterParams, registerParams } from "./register-params.js";

export interface RegisterRequest extends Omit<JudgeRequest, "split">, ModelFileRequest, JudgementRequest {
  /** There is no file to judge, and why. */
  refusal?: string | null;
  /** Nothing is written to the trainer's run, which may register any number of versions. */
  keepsRunOpen?: boolean;
  /** What its trainer stored, which is kept with the version beside what it is judged by. */
  files?: SealedFiles | null;
  /** Those it is known to be trained on, where no export says it. */
  trainedSnapshots?: number[] | null;
  /** The date from which on its training learnt nothing, where it was split by time. It is judged on no earlier one. */
  heldOutFrom?: string | null;
  heldOutBelow?: number | null;
  /** It came in an archive, of which these files are kept with the run. */
  imported?: { from: ImportedFrom; files: readonly NewArtifact[] } | null;
  source?: string | null;
  description?: string | null;
  tags?: Record<string, string>;
}

/** A version that was asked for, and the run that judges it. */
export interface Asked extends VersionKey {
  judgedBy: string;
}

/**
 * Registers models that were trained elsewhere. A version is there at once, PENDING; a REGISTER run judges it on the rows
 * that the seed holds out. Whether its trainer kept them apart only its trainer knows.
 */
export class ModelRegistration {
  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly snapshots: SnapshotStore,
    private readonly dispatcher: Dispatcher,
  ) {}

  /**
   * One transaction: the file, the version and the run that judges it.
   * @throws {RunNotFoundError} @throws {ModelNotFoundError} @throws {SnapshotNotFoundError}
   * @throws {UnusableModelError} what is wrong with the file, where that is known without running it
   * @throws {ConflictError} the run is asof's own, failed, or has registered another file
   */
  async ask(request: RegisterRequest, actor: string): Promise<Asked> {
    const service = this.#service(request.model);
    requireRanges(request);
    const file = request.refusal ? null : await findModelFile(this.pool, request);
    const sha256 = file?.sha256 ?? null;
    if (!request.keepsRunOpen) {
      const there = await withTransaction(this.pool, (tx) => findRegistered(tx, request, sha256));
      if (there) return there;
    }
    const judgement = await pinJudgement(request, this.snapshots, new RunStore(this.pool));
    const { encoding } = judgement.pinned;
    const categories = encoding
      ? await requireCategories(this.pool, request.trainedOn!)
      : (request.categories ?? null);
    const refusal = request.refusal ?? problemOf(file!, service, request, categories);
    const params: Omit<RegisterParams, "version"> = {
      model: request.model,
      runId: request.runId,
      artifact: request.artifact,
      sha256,
      refusal,
      sent: Boolean(request.onnx),
      keepsRunOpen: request.keepsRunOpen ?? false,
      ...judgement.pinned,
      heldOutFrom: request.heldOutFrom ?? null,
      heldOutBelow: request.heldOutBelow ?? null,
      threshold: request.threshold ?? null,
      expectedTolerance: request.expectedTolerance ?? EXPECTED_TOLERANCE,
      maxRows: request.maxRows ?? MOST_JUDGED_ROWS.default,
      signature: registerParams.shape.signature.parse(request.signature),
      trainedOn: request.trainedOn ?? null,
      importedFrom: request.imported?.from ?? null,
    };
    const begin = async (): Promise<Asked> => {
      let version = 0;
      const run = await this.dispatcher.start(registerKind, params, actor, async (tx, runId) => {
        const other = request.keepsRunOpen
          ? ((await holdTrainer(tx, request)) ?? (await holdTwin(tx, request, sha256)))
          : await findRegistered(tx, request, sha256);
        // Asked for twice at once: the second finds what the first has registered.
        if (other) throw new RegisteredAlready(other);
        for (const each of request.imported?.files ?? []) await new ArtifactStore(tx).save(runId, each);
        if (file) await keepModelFile(tx, runId, file);
        if (request.expected?.length) await this.#keepExpected(tx, runId, service, request.expected);
        const made = await new ModelStore(tx).registerPending({
          model: request.model,
          algorithm: "EXTERNAL",
          sha256,
          bytes: file?.byteLength ?? null,
          runId: request.runId,
          registeredBy: runId,
          source: request.source ?? null,
          trainedOn: request.trainedOn ?? null,
          trainedSnapshots: request.trainedSnapshots ?? judgement.trainedSnapshots,
          description: request.description ?? null,
          tags: request.tags ?? {},
          importedFrom: request.imported?.from ?? null,
        });
        if (request.files) await sealFiles(tx, made.id, request.files);
        version = made.version;
        await new RunTracker(tx).addParams(runId, { version });
      });
      return { model: request.model, version, judgedBy: run.id };
    };
    return savingBytes(begin).catch((error) => {
      if (error instanceof RegisteredAlready) return error.asked;
      throw error;
    });
  }

  /**
   * The users that a model registered with this date, seed and fraction is judged on, in key order: a trainer that leaves
   * them out is judged fairly. @throws {ModelNotFoundError} @throws {SnapshotNotFoundError}
   */
  async heldOut(
    request: Pick<RegisterRequest, "model" | "labelAsOf" | "seed" | "testFraction"> & { asOf: string },
  ): Promise<string[]> {
    const service = this.#service(request.model);
    requireRanges(request);
    const { pinned } = await pinJudgement(request, this.snapshots, new RunStore(this.pool));
    const ids = { features: pinned.snapshot.id, label: pinned.labelSnapshot.id };
    const keys: string[] = [];
    const labels: RawLabel[] = [];
    for await (const { key, label } of readTrainingRows(this.pool, this.definitions, service, ids)) {
      keys.push(key);
      labels.push(label);
    }
    const task = taskForService(service);
    const { seed, testFraction } = pinned;
    const { test } = task.split(keys, readLabels(task, labels).labels, testFraction, seed);
    return Array.from(test.sort(), (row) => keys[row]!);
  }

  /** Of who was erased nothing is kept. No erasure begins before it is there to be found. */
  async #keepExpected(
    tx: Client,
    runId: string,
    service: FeatureService,
    expected: readonly ExpectedAnswer[],
  ): Promise<void> {
    const entity = entityOfService(this.definitions, service);
    const erased = await ErasedKeys.hold(tx);
    const kept = expected.filter(({ key }) => !erased.has(entity, key));
    await new ArtifactStore(tx).save(runId, expectedFile(kept));
  }

  #service(model: string): FeatureService {
    const service = findService(this.definitions, model);
    if (service) return service;
    throw new ModelNotFoundError(model);
  }
}

class RegisteredAlready extends Error {
  constructor(readonly asked: Asked) {
    super("it is registered already");
  }
}

/** It registers any number of versions: none of them is this one. @throws {RunNotFoundError} @throws {NotExternalRunError} */
async function holdTrainer(tx: Client, { runId }: RegisterRequest): Promise<null> {
  if (runId !== null) await holdTracked(tx, runId, { exclusively: false, deleted: true });
  return null;
}

/** The version that the archive holds, where it was registered meanwhile. */
async function holdTwin(
  tx: Client,
  { model, imported }: RegisterRequest,
  sha256: string | null,
): Promise<Asked | null> {
  const there = imported && sha256 !== null && (await holdImported(tx, model, sha256, imported.from));
  return there ? { model, ...there } : null;
}

/** What the run came to, if it did: of this very file. Holds the run to the end of the transaction. */
async function findRegistered(
  tx: Client,
  { runId, onnx }: RegisterRequest,
  sha256: string | null,
): Promise<Asked | null> {
  if (runId === null) return null;
  const run = await holdOpen(tx, runId, ["RUNNING", "SUCCEEDED"]);
  const [own] = await new ModelStore(tx).findOwn(runId);
  if (own) return sameOrRefuse(own, sha256);
  if (onnx && run.status !== "RUNNING") throw new RunEndedError(runId, run.status);
  return null;
}

function sameOrRefuse(there: VersionEntry, sha256: string | null): Asked {
  const { runId, model, version, judgedBy } = there;
  if (there.sha256 === sha256) return { model, version, judgedBy: judgedBy! };
  throw new RunHasVersionError(runId!, there);
}

function requireRanges({
  testFraction,
  seed,
  threshold,
  expectedTolerance,
  maxRows,
}: Pick<RegisterRequest, "testFraction" | "seed" | "threshold" | "expectedTolerance" | "maxRows">): void {
  const asked: [string, number, Range][] = [
    ["testFraction", testFraction ?? TEST_FRACTION.default, TEST_FRACTION],
    ["seed", seed ?? SEED.default, SEED],
    ["threshold", threshold ?? 0.5, PROBABILITY],
    ["expectedTolerance", expectedTolerance ?? EXPECTED_TOLERANCE, PROBABILITY],
    ["maxRows", maxRows ?? MOST_JUDGED_ROWS.default, MOST_JUDGED_ROWS],
  ];
  for (const [name, value, range] of asked) {
    if (!isWithin(value, range))
      throw new BadUserInputError(`${name}: ${outOfRange(value, range)}`, { [name]: value });
  }
}
