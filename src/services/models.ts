import type { Pool } from "../db/pool.js";
import type { ModelVersion, PromoteRequest, Stage } from "../registry/model.js";
import { ModelStore } from "../registry/model-store.js";
import type { Promotion } from "../registry/promotion.js";
import type { PromotionChecks } from "../registry/promotion-check.js";
import type { Servability } from "../registry/servability.js";
import type { TransitionHub } from "../registry/transition-hub.js";
import type { VersionComparisons } from "../registry/version-comparison.js";
import type { ModelCache } from "../serving/model-cache.js";
import { readEvaluations } from "../serving/stored-evaluations.js";
import type { ModelService } from "./model-services.js";

interface ModelParts {
  promotion: Promotion;
  checks: PromotionChecks;
  comparisons: VersionComparisons;
  transitions: TransitionHub;
  cache: ModelCache;
  servability(version: ModelVersion): Promise<Servability>;
}

/** Models and versions as they are stored, and what moves a version from stage to stage. */
export class Models extends ModelStore implements ModelService {
  constructor(
    private readonly connections: Pool,
    private readonly parts: ModelParts,
  ) {
    super(connections);
  }

  /** The client that promoted gets predictions of the new version from its next request on. */
  promote(request: PromoteRequest) {
    const { promotion, cache } = this.parts;
    return promotion.promote(request).finally(() => cache.refresh(request.model));
  }

  promotionCheck(model: string, version: number, stage: Stage) {
    return this.parts.checks.check(model, version, stage);
  }

  compareVersions(...of: Parameters<ModelService["compareVersions"]>) {
    return this.parts.comparisons.compare(...of);
  }

  rollback(model: string, reason: string, actor: string) {
    const { promotion, cache } = this.parts;
    return promotion.rollback(model, reason, actor).finally(() => cache.refresh(model));
  }

  transitions(...of: Parameters<ModelService["transitions"]>) {
    return this.history.transitions(...of);
  }

  followTransitions(model: string | null) {
    return this.parts.transitions.follow(model);
  }

  evaluations(versions: readonly ModelVersion[]) {
    return readEvaluations(this.connections, versions);
  }

  servability(version: ModelVersion) {
    return this.parts.servability(version);
  }
}
