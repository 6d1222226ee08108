import { Ctx, FieldResolver, Query, Resolver } from "type-graphql";
import type { ModelVersion } from "../registry/model.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { HealthStatus, HealthType } from "../schema/health.type.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import type { Services } from "../services.js";
import type { GraphQLContext } from "./context.js";

const worstLast = Object.keys(HealthStatus) as HealthStatus[];

/** What `health` and `GET /health` answer. */
export async function readHealth(services: Services): Promise<HealthType> {
  const { database, onlineStore, uptimeSeconds } = await services.health();
  const rank = Math.max(worstLast.indexOf(database), worstLast.indexOf(onlineStore));
  return { status: worstLast[rank]!, version: services.version, database, onlineStore, uptimeSeconds };
}

/** The version serving the first feature service, or null. */
export function productionModel({ predictor, definitions }: Services): ModelVersion | null {
  const service = definitions.services[0];
  return service ? predictor.production(service.name) : null;
}

@Resolver(() => HealthType)
export class HealthResolver {
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
