import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { AsofError } from "../errors/errors.js";
import { ModelNotLoadableError } from "../errors/model-not-servable.js";
import { type ArtifactStore, sha256Hex } from "../registry/artifact-store.js";
import type { Canary } from "../registry/canaries.js";
import { isJudged, type ModelVersion, requireJudged } from "../registry/model.js";
import type { ModelStore } from "../registry/model-store.js";
import { learners } from "../training/learners/registry.js";
import { ScoreFailure } from "./answers.js";
import type { LoadedCanary } from "./canary-arm.js";
import { ExplainThread } from "./explain-thread.js";
import type { BackgroundRows } from "./isolated/explanations.js";
import { IsolatedRunner } from "./isolated/isolated-runner.js";
import { DEFAULT_LIMITS, type ModelLimits } from "./isolated/limits.js";
import { ProcessPlaces } from "./isolated/process-places.js";
import { Suspicion } from "./isolated/suspicion.js";
import { type Runner, SessionRunner } from "./runner.js";
import { ServedModel } from "./served-model.js";
import { type ModelProblem, Unloaded } from "./unloaded.js";

const NAMED_VERSIONS_KEPT = 8;
/** How long a failed load of an external model is cached, for all requests. */
const REMEMBERED_MS = 30_000;

/** What answers for a model, and its version as it was registered when it took the place. */
export interface InProduction {
  served: ServedModel;
  version: ModelVersion;
}

/**
 * The loaded models of this process. Production is swapped when its stage changes: the new version is loaded
 * and warmed first, then takes the place at once; requests under way keep the session they began with. A
 * version that cannot be loaded never takes the place. Models made elsewhere run in processes of their own.
 */
export class ModelCache {
  readonly #production = new Map<string, InProduction>();
  readonly #shadows = new Map<string, ServedModel>();
  readonly #canaries = new Map<string, LoadedCanary>();
  /** Named versions, by their ids. */
  readonly #named = new LRUCache<string, Promise<ServedModel>>({ max: NAMED_VERSIONS_KEPT });
  readonly #refreshing = new Map<string, Promise<void>>();
  /** By version id; what was held against one outlives its being loaded. */
  readonly #suspicions = new Map<string, { version: ModelVersion; suspicion: Suspicion }>();
  readonly #unloaded: Unloaded;
  /** By version id, of models made elsewhere: the load under way, or the failure of the last one. */
  readonly #loads = new Map<string, { outcome: Promise<unknown>; until: number }>();
  /** By version id, why the last load of a model made elsewhere failed. */
  readonly #failures = new Map<string, string>();
  readonly #places = new ProcessPlaces();
  readonly #explaining = new ExplainThread();

  constructor(
    private readonly models: ModelStore,
    private readonly artifacts: ArtifactStore,
    private readonly logger: Logger,
    private readonly limits: ModelLimits = DEFAULT_LIMITS,
    /** The rows that answers of a version made elsewhere are compared with, where it has some. */
    private readonly storedRows: (version: ModelVersion) => BackgroundRows | null = () => null,
    /** The canary of a model that runs; where predictions are answered. */
    private readonly canaryOf: (model: string) => Promise<Canary | null> = async () => null,
  ) {
    this.#unloaded = new Unloaded(logger, (model) => void this.refresh(model));
  }

  production(model: string): InProduction | null {
    return this.#production.get(model) ?? null;
  }

  /** The version that the alias `shadow` points to, if there is one and it could be loaded. */
  shadow(model: string): ServedModel | null {
    return this.#shadows.get(model) ?? null;
  }

  /** The canary of the model that runs. */
  canary(model: string): LoadedCanary | null {
    return this.#canaries.get(model) ?? null;
  }

  /** What should be served and is not, and versions whose processes die again and again. */
  problems(): ModelProblem[] {
    const suspected = [...this.#suspicions.values()].flatMap(({ version: { model, version }, suspicion }) => {
      const message = suspicion.problem();
      if (!message) return [];
      const remedy = "Put another version in its place; this one is asked again after a while.";
      return [{ subject: `version ${version} of ${model}`, message, remedy }];
    });
    return [...this.#unloaded.problems(), ...suspected];
  }

  /**
   * Loads what is in Production now, for every model. What takes longer than `withinMs` goes on by itself: no version
   * keeps a process from starting.
   */
  async refreshAll(withinMs?: number): Promise<void> {
    const models = await this.models.listModels();
    const all = Promise.all(models.map(({ name }) => this.refresh(name)));
    if (withinMs === undefined) return void (await all);
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.logger.warn("a model takes long to load; the start goes on without it");
        resolve();
      }, withinMs);
    });
    await Promise.race([all, enough]).finally(() => clearTimeout(timer));
  }

  /**
   * Brings one model's Production, shadow and canary up to date; calls of the same model take turns, so the last state wins.
   * A canary that has ended waits for no turn and no load.
   */
  refresh(model: string): Promise<void> {
    const unloaded = this.#unloaded;
    const serves = () => this.#production.has(model);
    const ended = this.#dropEnded(model);
    const turn = (this.#refreshing.get(model) ?? Promise.resolve())
      .then(() => ended)
      .then(() => unloaded.attempt(model, "Production", () => this.#swap(model), serves))
      .then(() => unloaded.attempt(model, "shadow", () => this.#swapShadow(model)))
      .then(() => unloaded.attempt(model, "canary", () => this.#swapCanary(model)));
    this.#refreshing.set(model, turn);
    return turn;
  }

  /**
   * A version by number; loaded on first use.
   * @throws {ModelNotLoadableError}
   */
  named(version: ModelVersion): Promise<ServedModel> {
    const production = this.#production.get(version.model);
    if (production?.version.id === version.id) return Promise.resolve(production.served);
    return this.#keep(version, this.#named.get(version.id) ?? this.load(version));
  }

  /**
   * A version afresh from its file, which takes the place of what this process holds of it: who judges it, and who serves
   * it next, need not load it again.
   * @throws {ModelNotLoadableError}
   */
  reload(version: ModelVersion): Promise<ServedModel> {
    return this.#keep(version, this.load(version));
  }

  #keep(version: ModelVersion, loading: Promise<ServedModel>): Promise<ServedModel> {
    this.#named.set(version.id, loading);
    loading.catch(() => {
      if (this.#named.peek(version.id) === loading) this.#named.delete(version.id);
    });
    return loading;
  }

  /**
   * From its file in the database, whatever this process already holds.
   * @throws {ModelNotLoadableError}
   */
  async load(version: ModelVersion): Promise<ServedModel> {
    const bytes = await this.#bytes(version);
    let runner: Runner;
    try {
      runner = await this.#runner(version, bytes);
    } catch (cause) {
      this.logger.error({ err: cause, model: version.model, version: version.version }, "no usable model");
      const problem =
        version.algorithm === "EXTERNAL" ? (cause as Error).message : "the runtime refuses its file";
      throw new ModelNotLoadableError(version.model, version.version, problem, { cause });
    }
    return new ServedModel(version, runner);
  }

  /** Ends the processes of models made elsewhere, and the thread that explains the others. */
  close(): void {
    this.#explaining.close();
    this.#unloaded.close();
    this.#places.closeAll();
  }

  async #runner(version: ModelVersion, bytes: Buffer): Promise<Runner> {
    if (version.algorithm !== "EXTERNAL") {
      const { sha256, algorithm: learner } = version;
      const explainer = learners.find(learner)?.explainer ?? null;
      const model = { sha256, learner, onnx: bytes };
      return SessionRunner.load(version.signature, bytes, async (row) =>
        explainer ? this.#explaining.explain(model, row) : null,
      );
    }
    // To load one that ends or hangs its process is dear: it is done once, for all who ask meanwhile and shortly after.
    const before = this.#loads.get(version.id);
    if (before && Date.now() < before.until) await before.outcome;
    const loading = this.#isolated(version, bytes);
    this.#loads.set(version.id, { outcome: loading, until: Number.POSITIVE_INFINITY });
    loading.then(
      () => {
        this.#loads.delete(version.id);
        this.#failures.delete(version.id);
      },
      (error: Error) => {
        // Only a lack of capacity passes soon.
        const later = error instanceof ScoreFailure && error.retryAfterSeconds !== null;
        if (later) this.#loads.delete(version.id);
        else {
          this.#failures.set(version.id, error.message);
          this.#loads.set(version.id, { outcome: loading, until: Date.now() + REMEMBERED_MS });
        }
      },
    );
    return loading;
  }

  async #isolated(version: ModelVersion, bytes: Buffer): Promise<Runner> {
    const { suspicion } = this.#suspicions.get(version.id) ?? { suspicion: new Suspicion() };
    this.#suspicions.set(version.id, { version, suspicion });
    const stored = this.storedRows(version);
    const runner = new IsolatedRunner(version.signature, bytes, this.limits, suspicion, this.#places, stored);
    await runner.load().catch((error) => {
      runner.close();
      throw error;
    });
    return runner;
  }

  /**
   * That it can be loaded, and nothing kept of it. One made elsewhere was run when it was registered: only its bytes are
   * looked at, for a question must not cost a process that may hang.
   * @throws {ModelNotLoadableError}
   */
  async tryLoading(version: ModelVersion): Promise<void> {
    if (version.algorithm === "EXTERNAL")
      requireSame(version, await this.artifacts.digest(version.sha256).catch(asNotLoadable(version)));
    else (await this.load(version)).close();
  }

  /** What this process found wrong with a model made elsewhere when it was asked; null where it knows of nothing. */
  knownProblem({ id }: ModelVersion): string | null {
    return this.#suspicions.get(id)?.suspicion.problem() ?? this.#failures.get(id) ?? null;
  }

  async #swap(model: string): Promise<void> {
    const version = await this.models.inStage(model, "PRODUCTION");
    const former = this.#production.get(model);
    if (former && former.version.id === version?.id) return;
    if (version) {
      const served = await this.named(version);
      served.keepReady(true);
      this.#production.set(model, { served, version });
      this.logger.info({ model, version: version.version, sha256: version.sha256 }, "serving");
    } else this.#production.delete(model);
    former?.served.keepReady(false);
  }

  /** A shadow that cannot be loaded is ignored: no client depends on it. */
  async #swapShadow(model: string): Promise<void> {
    const version = await this.models.byAlias(model, "shadow");
    if (version && this.#shadows.get(model)?.version.id === version.id) return;
    this.#shadows.delete(model);
    if (version && isJudged(version)) this.#shadows.set(model, await this.named(version));
  }

  /**
   * One whose challenger cannot be loaded runs all the same: the champion answers, and it is counted. While the challenger
   * is still being loaded here, no canary answers.
   */
  async #swapCanary(model: string): Promise<void> {
    const running = await this.canaryOf(model);
    if (!running) return this.#drop(model);
    const { id, share, champion } = running;
    const canary = { id, share, champion };
    if (this.#canaries.get(model)?.id !== id) this.#drop(model);
    if (this.#canaries.get(model)?.challenger) return;
    try {
      const version = requireJudged((await this.models.findVersion(model, running.version))!);
      const served = await this.named(version);
      served.keepReady(true);
      this.#canaries.set(model, { ...canary, challenger: { served, version } });
      this.logger.info({ model, version: version.version, share }, "a canary answers");
    } catch (error) {
      this.#canaries.set(model, { ...canary, challenger: null });
      throw error;
    }
  }

  /** Its challenger answers nothing more, whatever else is being loaded. Never rejects: who cannot look goes by what is loaded. */
  async #dropEnded(model: string): Promise<void> {
    const loaded = this.#canaries.get(model);
    if (!loaded) return;
    const running = await this.canaryOf(model).catch(() => loaded);
    if (running?.id !== loaded.id && this.#canaries.get(model)?.id === loaded.id) this.#drop(model);
  }

  #drop(model: string): void {
    const served = this.#canaries.get(model)?.challenger?.served;
    this.#canaries.delete(model);
    if (served && served !== this.#production.get(model)?.served) served.keepReady(false);
  }

  async #bytes({ model, version, sha256 }: ModelVersion): Promise<Buffer> {
    const bytes = await this.artifacts.read(sha256).catch(asNotLoadable({ model, version }));
    requireSame({ model, version, sha256 }, bytes && sha256Hex(bytes));
    return bytes!;
  }
}

/** Its file is kept outside the database, and there it is damaged or out of reach. */
const asNotLoadable =
  ({ model, version }: Pick<ModelVersion, "model" | "version">) =>
  (cause: unknown): never => {
    if (!(cause instanceof AsofError)) throw cause;
    throw new ModelNotLoadableError(model, version, cause.message, { cause });
  };

/** @throws {ModelNotLoadableError} the file is gone, or another than was registered */
function requireSame(
  { model, version, sha256 }: Pick<ModelVersion, "model" | "version" | "sha256">,
  got: string | null,
): void {
  if (got === sha256) return;
  const problem =
    got === null ? "its file is gone" : `its file has the SHA-256 ${got}, ${sha256} is registered`;
  throw new ModelNotLoadableError(model, version, problem);
}
