import type { Logger } from "pino";
import { ModelNotLoadableError } from "../errors/model-not-servable.js";
import { type ArtifactStore, sha256Hex } from "../registry/artifact-store.js";
import type { ModelVersion } from "../registry/model.js";
import type { ModelStore } from "../registry/model-store.js";
import { ServedModel } from "./served-model.js";

const NAMED_VERSIONS_KEPT = 8;

/** What answers for a model, and its version as it was registered when it took the place. */
export interface InProduction {
  served: ServedModel;
  version: ModelVersion;
}

/**
 * The loaded models of this process. Production is swapped when its stage changes: the new version is loaded
 * and warmed first, then takes the place at once; requests under way keep the session they began with. A
 * version that cannot be loaded never takes the place.
 */
export class ModelCache {
  readonly #production = new Map<string, InProduction>();
  readonly #shadows = new Map<string, ServedModel>();
  /** Named versions, least recently used first. */
  readonly #named = new Map<string, Promise<ServedModel>>();
  readonly #refreshing = new Map<string, Promise<void>>();

  constructor(
    private readonly models: ModelStore,
    private readonly artifacts: ArtifactStore,
    private readonly logger: Logger,
  ) {}

  production(model: string): InProduction | null {
    return this.#production.get(model) ?? null;
  }

  /** The version that the alias `shadow` points to, if there is one and it could be loaded. */
  shadow(model: string): ServedModel | null {
    return this.#shadows.get(model) ?? null;
  }

  /** Loads what is in Production now, for every model. */
  async refreshAll(): Promise<void> {
    const models = await this.models.listModels();
    await Promise.all(models.map(({ name }) => this.refresh(name)));
  }

  /** Brings one model's Production and shadow up to date; calls of the same model take turns, so the last state wins. */
  refresh(model: string): Promise<void> {
    const turn = (this.#refreshing.get(model) ?? Promise.resolve()).then(async () => {
      await this.#swap(model);
      await this.#swapShadow(model);
    });
    const settled = turn.catch((error: Error) => {
      this.logger.error(
        { err: error, model },
        "Production could not be loaded; the former version serves on",
      );
    });
    this.#refreshing.set(model, settled);
    return settled;
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
    this.#named.delete(version.id);
    this.#named.set(version.id, loading);
    loading.catch(() => {
      if (this.#named.get(version.id) === loading) this.#named.delete(version.id);
    });
    if (this.#named.size > NAMED_VERSIONS_KEPT) this.#named.delete(this.#named.keys().next().value!);
    return loading;
  }

  /**
   * From its file in the database, whatever this process already holds.
   * @throws {ModelNotLoadableError}
   */
  async load(version: ModelVersion): Promise<ServedModel> {
    const bytes = await this.#bytes(version);
    try {
      return await ServedModel.load(version, bytes);
    } catch (cause) {
      this.logger.error({ err: cause, model: version.model, version: version.version }, "no usable model");
      throw new ModelNotLoadableError(version.model, version.version, "the runtime refuses its file", {
        cause,
      });
    }
  }

  async #swap(model: string): Promise<void> {
    const version = await this.models.inStage(model, "PRODUCTION");
    if (!version) {
      this.#production.delete(model);
      return;
    }
    if (this.#production.get(model)?.version.id === version.id) return;
    const served = await this.named(version);
    this.#production.set(model, { served, version });
    this.logger.info({ model, version: version.version, sha256: version.sha256 }, "serving");
  }

  /** A shadow that cannot be loaded is none: it answers nobody. */
  async #swapShadow(model: string): Promise<void> {
    const version = await this.models.byAlias(model, "shadow");
    if (version && this.#shadows.get(model)?.version.id === version.id) return;
    this.#shadows.delete(model);
    if (version) this.#shadows.set(model, await this.named(version));
  }

  async #bytes({ model, version, sha256 }: ModelVersion): Promise<Buffer> {
    const artifact = await this.artifacts.read(sha256);
    if (!artifact) throw new ModelNotLoadableError(model, version, "its file is gone");
    const got = sha256Hex(artifact.bytes);
    if (got === sha256) return artifact.bytes;
    throw new ModelNotLoadableError(
      model,
      version,
      `its file has the SHA-256 ${got}, ${sha256} is registered`,
    );
  }
}
