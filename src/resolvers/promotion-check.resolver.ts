import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import { parseName } from "../inputs/arguments.js";
import type { ModelVersion, Stage as StageName } from "../registry/model.js";
import type { PromotionVerdict } from "../registry/promotion.js";
import { COMPUTATION, IN_MEMORY } from "../schema/field-costs.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import {
  HeldOutComparisonType,
  heldOutComparison,
  PromotionCheckType,
} from "../schema/promotion-check.type.js";
import { Stage } from "../schema/stage.enum.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver(() => PromotionCheckType)
export class PromotionCheckResolver {
  // It scores held-out rows: as costly as a promotion, and of use to who may promote.
  @Needs("operator")
  @Query(() => PromotionCheckType, {
    nullable: true,
    complexity: COMPUTATION,
    description:
      "What `promote` would say, gate by gate, without promoting. One at a time a model; remembered until the version,\n" +
      "Production or the snapshots change. What `promote` refuses before it judges (MODEL_NOT_SERVABLE, a stage that the\n" +
      "version is in already) is the same error here.",
  })
  promotionCheck(
    @Arg("model", () => String) model: string,
    @Arg("version", () => Int) version: number,
    @Arg("stage", () => Stage, { defaultValue: Stage.PRODUCTION }) stage: StageName,
    @Ctx() { services }: GraphQLContext,
  ): Promise<PromotionVerdict> {
    return services.models.promotionCheck(parseName(model, "model"), version, stage);
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    complexity: IN_MEMORY,
    description: "Who would be archived.",
  })
  replaces(@Root() { replaces }: PromotionVerdict): ModelVersion | null {
    return replaces;
  }

  @FieldResolver(() => HeldOutComparisonType, {
    nullable: true,
    complexity: IN_MEMORY,
    description:
      "Beside Production; null where nothing is there, or the two cannot be compared: the gates say why.",
  })
  heldOut(@Root() { heldOut }: PromotionVerdict): HeldOutComparisonType | null {
    const comparison = heldOut?.comparison;
    return comparison ? heldOutComparison(comparison) : null;
  }
}
