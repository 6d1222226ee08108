import { Ctx, FieldResolver, Query, Resolver } from "type-graphql";
import type { ModelVersion } from "../registry/model.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { HealthStatus, HealthType } from "../schema/health.type.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import type { Services } from "../services/services.js";
import type { GraphQLContext } from "./context.js";

const worstLast = Object.keys(HealthStatus) as HealthStatus[];

/** What `health` and `GET /health` answer. */
export async function readHealth(services: Services): Promise<HealthType> {
  const { database, onlineStore, uptimeSeconds } = await services.health();
  const found = database === "DOWN" ? [] : await services.problems();
  const problems = [...awayProblems({ database, onlineStore }), ...found];
  const states = [database, onlineStore, problems.length > 0 ? "DEGRADED" : "OK"] as const;
  const rank = Math.max(...states.map((state) => worstLast.indexOf(state)));
  return {
    status: worstLast[rank]!,
    problems,
    version: services.version,
    database,
    onlineStore,
    uptimeSeconds,
  };
}

function awayProblems({ database, onlineStore }: Pick<HealthType, "database" | "onlineStore">) {
  const problems: HealthType["problems"] = [];
  if (database !== "OK")
    problems.push({
      subject: "database",
      message: "PostgreSQL cannot be reached: no request can be served",
      remedy: "start it, or mend the way to it; asof connects again by itself",
    });
  if (onlineStore !== "OK")
    problems.push({
      subject: "online store",
      message: `it is ${onlineStore}: ${onlineStore === "DEGRADED" ? "PostgreSQL answers in its place" : "features of now cannot be read"}`,
      remedy: "start it; it is filled again by itself, or by materialize",
    });
  return problems;
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
