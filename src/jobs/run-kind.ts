import type { z } from "zod";
import type { Role } from "../auth/identity.js";
import type { Client, Pool } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import type { PersonalColumns } from "../definitions/language/personal.js";
import type { ErasureStore } from "../features/erasure/erasure-store.js";
import type { OfflineSettings } from "../features/offline/offline-engine.js";
import type { OnlineStore } from "../features/online/online-store.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import type { DeclaredSignature } from "../registry/external-signature.js";
import type { Promotion } from "../registry/promotion.js";
import type { Run } from "../registry/run.js";
import type { RunStore } from "../registry/run-store.js";
import type { RunTracker } from "../registry/run-tracker.js";
import type { ExpectedAnswer } from "../serving/expected-answers.js";
import type { ModelLimits } from "../serving/isolated/limits.js";
import type { TrialQueue } from "../serving/isolated/trial-queue.js";
import type { Registry } from "../values/registry.js";
import type { Outcome } from "./outcome.js";

/** `data`: what writes live tables, one at a time over all processes. `training`, `export`: one per process each; `judging`: two. */
export type QueueName = "asof_data" | "asof_training" | "asof_export" | "asof_judging";

/** The features whose values, be they rows, categories or split points, a file of the name has. Null: it cannot be said. */
export type HeldFeatures = (
  file: string,
  params: Run["params"],
  deployment: Deployment,
) => readonly string[] | null;

interface Facts {
  /** As in GraphQL, filters, schedules and metrics: INGEST. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /**
   * Which values of columns its runs leave behind. `nothing`: none. `reports`: what its words, results and files say of values
   * leaves out those that are personal when it runs. A function: in its files alone, as `heldFeatures` of a training.
   */
  readonly holds: "nothing" | "reports" | HeldFeatures;
  /** What clients get of a result as `Run.outcome`; absent: the result as JSON. */
  readonly outcome?: Outcome;
}

/** A kind that asof executes: everything about it but its line in the registry. */
export interface ExecutedKind<Request = unknown, Params = unknown> extends Facts {
  readonly executed: "here";
  /** Where its runs wait for their turn. */
  readonly queue: QueueName;
  /** Whether a schedule may start it. */
  readonly schedulable: boolean;
  /** null: another field begins its runs, together with what else it writes. */
  readonly mutation: Mutation | null;
  /** Whether a run that succeeds has copied values to the online store. */
  readonly fillsOnlineStore: boolean;
  /** What is sent, by GraphQL and by schedules: each field with its default, range and description. */
  request(deployment: Deployment): RequestShape<Request>;
  /** What is stored with a run, and read back by whatever release executes, retries or reproduces it. */
  readonly params: z.ZodType<Params>;
  /** Validates the request, and pins what decides the outcome. @throws {AsofError} no run is created */
  pin(request: Request, on: Pinning): Promise<Params>;
  /** Executes the run, step by step. @returns its result, kept with the run */
  execute(run: RunContext<Params>, on: Resources): Promise<Result>;
  /** Called after a run has ended in this process, however it ended. */
  cleanUp(runId: string, on: Resources): Promise<void>;
  /** The run that trained the version a successful run came to: itself or a child; null where none did. */
  trainedBy(run: Pick<Run, "id" | "result">): string | null;
}

/** An object of fields. */
export type RequestShape<Request> = z.ZodType<Request> & {
  readonly shape: Readonly<Record<string, z.ZodType>>;
};

/** A kind whose runs clients write themselves; nothing executes, schedules, cancels by the engine or retries them. */
export interface WrittenKind extends Facts {
  readonly executed: "elsewhere";
  /** Why one cannot be retried, and what to do. */
  readonly notRetried: string;
}

export type RunKind = ExecutedKind | WrittenKind;

/** The mutation that starts a run of the kind. */
export interface Mutation {
  readonly name: string;
  readonly description: string;
  readonly role: Role;
  /** The input type that holds the request's fields; null: each is an argument. */
  readonly input: string | null;
  /** Fields that are arguments beside the input. */
  readonly beside: readonly string[];
}

export type Result = Record<string, unknown>;

/** Something beside a run, in the transaction that creates it. */
export type WrittenWithRun = (tx: Client) => Promise<void>;

/** What a request is checked against. */
export interface Pinning extends PinningParts {
  /** What whoever asks may not see the values of; null: they see all, as who asks for no client does. */
  readonly masked: PersonalColumns | null;
  /** What else comes to be with the run, or with neither: of a request that is refused nothing is left. */
  withRun(write: WrittenWithRun): void;
}

export interface PinningParts {
  readonly definitions: Deployment;
  readonly snapshots: SnapshotStore;
  readonly runs: Pick<RunStore, "findByIds" | "artifactSha256">;
  readonly erasures: ErasureStore;
  readonly dataDir: string;
  /** Whether this process ingests, too: only then it need have access to the data. */
  readonly readsData: boolean;
  /** Every kind that the process knows. */
  readonly kinds: Registry<RunKind>;
}

/** What runs work with. */
export interface Resources {
  readonly pool: Pool;
  readonly definitions: Deployment;
  readonly dataDir: string;
  readonly online: OnlineStore;
  readonly offline: OfflineResources;
  readonly promotion: Promotion;
  /** Has this process answer by the version that is in Production now. */
  refresh(model: string): Promise<unknown>;
  /** Deletes what the engine keeps of an ended run: its steps' results, of all its attempts. */
  forget(runId: string, attempts: number): Promise<void>;
  readonly erasures: ErasureStore;
  /** Models that were made elsewhere: what one may take, and how many are tried at once. */
  readonly externalModels: { limits: ModelLimits | undefined; trials: TrialQueue };
  /** Starts another run; asked again under the same id, it is the same run. */
  start(kind: string, request: Record<string, unknown>, as: StartedAs): Promise<Run>;
  /** The same by parameters that are pinned already. */
  startPinned(kind: ExecutedKind, params: Record<string, unknown>, as: StartedAs): Promise<Run>;
  /** @throws {RunNotCancellableError} it has ended */
  cancel(runId: string, actor: string): Promise<unknown>;
  /** Registers a model that was trained elsewhere; of the same run and file asked again, it is the same version. */
  register(model: TrainedElsewhere, actor: string): Promise<AskedVersion>;
  /** Where training commands are given their files: a folder that all machines of a command see. */
  readonly trainingDir: string;
}

/** A model that is an artifact of an EXTERNAL run. */
export interface TrainedElsewhere {
  model: string;
  runId: string;
  artifact: string;
  /** The EXPORT run that wrote what it was trained on. */
  trainedOn: string;
  signature: DeclaredSignature;
  threshold: number | null;
  expected: readonly ExpectedAnswer[];
  expectedTolerance: number | null;
}

/** A version that is there, PENDING, and the run that judges it. */
export interface AskedVersion {
  model: string;
  version: number;
  judgedBy: string;
}

export interface StartedAs {
  runId: string;
  actor: string;
}

export interface OfflineResources extends OfflineSettings {
  /** What joins files unless the run says; null: what reads everything else. */
  readonly engine: string | null;
}

/** What the kind sees of the run it executes. */
export interface RunContext<Params = unknown> {
  readonly runId: string;
  readonly attempt: number;
  readonly params: Params;
  /**
   * Runs `work` as a durable step: what it returns is kept, and a run that is continued after a crash gets it
   * back without doing the work again. A crash inside a step repeats the step, so each must be safe to repeat.
   * What it returns must be JSON. The names of steps are durable, too: runs of earlier releases go on by them.
   */
  step<T>(name: string, work: (step: StepContext) => Promise<T>): Promise<T>;
  /**
   * One transaction, if the run is still this execution's to write.
   * @throws {RunSupersededError} it was cancelled, or a later attempt has taken its place
   */
  write<T>(work: (tx: Client, tracker: RunTracker) => Promise<T>): Promise<T>;
  /**
   * Locks the run to the end of the transaction, and makes sure that it is still this execution's to write: what `write`
   * begins with. For a transaction that streams for long before it.
   * @throws {RunSupersededError}
   */
  requireCurrent(tx: Client): Promise<void>;
  /**
   * The same as `write`, once: what `work` returns becomes the run's result with everything else it writes. Where that was committed
   * and the process died before the step's end, it is returned without writing it again.
   */
  writeOnce<T extends Result>(work: (tx: Client, run: Run) => Promise<T>): Promise<T>;
}

export interface StepContext {
  /** Aborted when the run is cancelled or the process stops. */
  readonly signal: AbortSignal;
  /** Reports to followers how far the step is (0 to 1); more often than a few times a second is dropped. */
  progress(share: number, message: string, data?: Record<string, unknown>): void;
  log(message: string, data?: Record<string, unknown>): Promise<void>;
}

/** Completes a record, and infers the types of its request and parameters. */
export const runKind = <const Name extends string, Request, Params>(
  kind: Omit<ExecutedKind<Request, Params>, "executed"> & { readonly name: Name },
): ExecutedKind<Request, Params> & { readonly name: Name } => ({ executed: "here", ...kind });

/** Of a kind that leaves nothing behind. */
export const nothingToCleanUp = async (): Promise<void> => {};

/** Of a kind that trains no version. */
export const trainsNothing = (): null => null;

/** The kinds that a schedule may start. */
export const schedulableKinds = (kinds: Iterable<RunKind>): string[] =>
  [...kinds].flatMap((kind) => (kind.executed === "here" && kind.schedulable ? [kind.name] : []));

/** The kinds whose runs have copied values to the online store once they succeeded. */
export const fillingKinds = (kinds: Iterable<RunKind>): string[] =>
  [...kinds].flatMap((kind) => (kind.executed === "here" && kind.fillsOnlineStore ? [kind.name] : []));
