import { AsofError } from "../errors/errors.js";
import { ModelNotLoadableError } from "../errors/model-not-servable.js";
import type { ArtifactStore } from "../registry/artifact-store.js";
import type { ModelVersion } from "../registry/model.js";
import type { ModelCache } from "./model-cache.js";

/**
 * Whether the files of versions load in this process. Each is loaded once, for nothing of it is kept; from then on only
 * its bytes are compared, in the database, with what was registered.
 */
export class FileCheck {
  readonly #loaded = new Set<string>();

  constructor(
    private readonly cache: Pick<ModelCache, "production" | "tryLoading" | "knownProblem">,
    private readonly artifacts: Pick<ArtifactStore, "digest">,
  ) {}

  /** In words; null where it loads. */
  async problem(version: ModelVersion): Promise<string | null> {
    if (this.cache.production(version.model)?.version.id === version.id) return null;
    const known = this.cache.knownProblem(version);
    if (known !== null) return known;
    if (this.#loaded.has(version.id) && (await this.#digest(version.sha256)) === version.sha256) return null;
    try {
      await this.cache.tryLoading(version);
    } catch (error) {
      if (error instanceof ModelNotLoadableError) return error.problem;
      throw error;
    }
    this.#loaded.add(version.id);
    return null;
  }

  /** Null, too, where what keeps it cannot be reached: loading it says why. */
  async #digest(sha256: string): Promise<string | null> {
    try {
      return await this.artifacts.digest(sha256);
    } catch (error) {
      if (error instanceof AsofError) return null;
      throw error;
    }
  }
}
