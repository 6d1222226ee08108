import { Ctx, FieldResolver, Query, Resolver } from "type-graphql";
import type { ModelVersion } from "../registry/model.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { HealthType } from "../schema/health.type.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { productionModel, readHealth } from "../services/read-health.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver(() => HealthType)
export class HealthResolver {
  @Needs("viewer")
  @Query(() => HealthType)
  health(@Ctx() { services }: GraphQLContext): Promise<HealthType> {
    return readHealth(services);
  }

  @FieldResolver(() => ModelVersionType, {
    complexity: IN_MEMORY,
    nullable: true,
    description: "The version this process predicts with.",
  })
  productionModel(@Ctx() { services }: GraphQLContext): ModelVersion | null {
    return productionModel(services);
  }
}
