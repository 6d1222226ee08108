import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import { COMPARED_METRICS } from "../definitions/language/gates.js";
import { BadUserInputError } from "../errors/errors.js";
import { parseName } from "../inputs/arguments.js";
import { COMPUTATION } from "../schema/field-costs.js";
import { VersionComparisonType, versionComparison } from "../schema/version-comparison.type.js";
import type { ComparedMetricName } from "../values/task.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver()
export class VersionComparisonResolver {
  // It scores held-out rows, as a promotion check does.
  @Needs("operator")
  @Query(() => VersionComparisonType, {
    nullable: true,
    complexity: COMPUTATION,
    description:
      "Whether one version of a model is better than another, or the difference may be chance: a paired bootstrap interval\n" +
      "on rows that neither was trained on. CONFLICT where there are none.",
  })
  async compareVersions(
    @Arg("model", () => String) model: string,
    @Arg("version", () => Int) version: number,
    @Arg("with", () => Int) other: number,
    @Arg("metric", () => String, { nullable: true }) metric: string | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ): Promise<VersionComparisonType> {
    const asked = metric ? parseComparedMetric(metric) : null;
    return versionComparison(
      await services.models.compareVersions(parseName(model, "model"), version, other, asked),
    );
  }
}

/** @throws {BadUserInputError} none that has a paired difference */
function parseComparedMetric(metric: string): ComparedMetricName {
  const known = COMPARED_METRICS.find((name) => name === metric);
  if (known) return known;
  throw new BadUserInputError(
    `metric: one of ${COMPARED_METRICS.join(", ")} was expected; got ${JSON.stringify(metric.slice(0, 40))}`,
    { argument: "metric" },
  );
}
