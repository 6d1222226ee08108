import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from "type-graphql";
import { BadUserInputError } from "../errors/errors.js";
import { pageSize, parseName, parseReason } from "../inputs/arguments.js";
import type { CanaryReport } from "../monitoring/canary-report.js";
import type { Canary } from "../registry/canaries.js";
import type { RegisteredModel } from "../registry/model.js";
import { CanaryArm, CanaryReportType, CanaryType, StartCanaryInput } from "../schema/canary.type.js";
import { DEFAULT_MODEL } from "../schema/default-model.js";
import { COMPUTATION, IN_MEMORY } from "../schema/field-costs.js";
import { PredictionType } from "../schema/prediction.type.js";
import { RegisteredModelType } from "../schema/registered-model.type.js";
import type { Prediction } from "../serving/types.js";
import { canaryRule } from "../values/canary.js";
import { shapeProblem } from "../values/shape-problem.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver(() => CanaryType)
export class CanaryResolver {
  @Needs("operator")
  @Mutation(() => CanaryType, {
    description:
      "From the next request on a share of the keys is answered by the version. One of a model runs at a time. It ends by\n" +
      "endCanary, by its rule, or by whatever comes to Production.",
  })
  startCanary(
    @Arg("input", () => StartCanaryInput) input: StartCanaryInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Canary> {
    const { data: stopRule, error } = canaryRule.safeParse(input.stopRule ?? {});
    if (!stopRule) {
      const problems = error.issues.map((issue) => `${issue.path.join(".")}: ${shapeProblem(issue)}`);
      throw new BadUserInputError(`input.stopRule: ${problems.join("; ")}`, { argument: "input.stopRule" });
    }
    const { version, share } = input;
    const model = parseName(input.model, "input.model");
    return services.canaries.start({ model, version, share, stopRule }, actor);
  }

  @Needs("operator")
  @Mutation(() => CanaryType, {
    description:
      "Production answers all keys again; or, with `promote`, the challenger, once it has passed the gates.",
  })
  endCanary(
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("promote", () => Boolean, { defaultValue: false }) promote: boolean,
    @Arg("reason", () => String) reason: string,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Canary> {
    const ending = { promote, reason: parseReason(reason, "reason") };
    return services.canaries.end(parseName(model, "model"), ending, actor);
  }

  @FieldResolver(() => CanaryReportType, {
    complexity: COMPUTATION,
    description: "Of the prediction log, and of the newest labels.",
  })
  report(@Root() canary: Canary, @Ctx() { services }: GraphQLContext): Promise<CanaryReport> {
    return services.canaries.report(canary);
  }
}

@Resolver(() => RegisteredModelType)
export class CanariesResolver {
  @FieldResolver(() => CanaryType, { nullable: true, description: "The one that runs." })
  async canary(
    @Root() { name }: RegisteredModel,
    @Ctx() { services }: GraphQLContext,
  ): Promise<Canary | null> {
    const [newest] = await services.canaries.list(name, 1);
    return newest && newest.endedAt === null ? newest : null;
  }

  @FieldResolver(() => [CanaryType], { description: "The newest first." })
  canaries(
    @Root() { name }: RegisteredModel,
    @Arg("first", () => Int, { defaultValue: 20 }) first: number,
    @Ctx() { services }: GraphQLContext,
  ): Promise<Canary[]> {
    return services.canaries.list(name, pageSize(first));
  }
}

@Resolver(() => PredictionType)
export class ArmResolver {
  @FieldResolver(() => CanaryArm, {
    nullable: true,
    complexity: IN_MEMORY,
    description: "Which version of a canary answered. Null where none runs, or a version was asked for.",
  })
  arm(@Root() { ofCanary }: Prediction) {
    return ofCanary?.arm ?? null;
  }
}
