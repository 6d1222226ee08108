import { Arg, Ctx, FieldResolver, Float, ID, Mutation, Resolver, Root } from "type-graphql";
import { listSize, parseJson, parseName } from "../inputs/arguments.js";
import { parseRunId } from "../inputs/tracking-arguments.js";
import type { Algorithm as AlgorithmName } from "../registry/model.js";
import type { Run } from "../registry/run.js";
import { Algorithm } from "../schema/algorithm.enum.js";
import { RunType } from "../schema/run.type.js";
import { TrainInput } from "../schema/train.input.js";
import { TuneInput } from "../schema/tune.input.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";

/** Runs that train more than one model, or one again, and the runs they are made of. */
@Resolver(() => RunType)
export class ModelTrialResolver {
  @Mutation(() => RunType, {
    description:
      "Trains a candidate, scores it and the Production version on the same held-out rows, promotes it if it wins by `delta` and passes the gates.\n" +
      "Logistic regression is always trained as a challenger; who did best out of fold is the candidate. Its result: decision (PROMOTED or KEPT), reason, candidate, production, difference, gates.",
  })
  trainAndCompare(
    @Arg("input", () => TrainInput) input: TrainInput,
    @Arg("delta", () => Float, {
      defaultValue: 0.01,
      description: "In the metric of the gate not_worse_than_production, auc unless declared.",
    })
    delta: number,
    @Arg("candidates", () => [Algorithm], {
      nullable: true,
      description: "Further challengers, with their default parameters.",
    })
    candidates: AlgorithmName[] | null | undefined,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    const model = parseName(input.model, "input.model");
    const params = parseJson(input.params, "input.params");
    return services.jobs.trainAndCompare({ ...input, model, params, candidates }, delta, actor);
  }

  @Mutation(() => RunType, {
    description:
      "Trains again from the run's own pinned snapshot, seed and parameters, and says what differs.\n" +
      "Its result: identical, differences [{what original reproduced}] and, apart, what of the environment differs.",
  })
  reproduce(@Arg("runId", () => ID) runId: string, @Ctx() { services, actor }: GraphQLContext): Promise<Run> {
    return services.jobs.reproduce(parseRunId(runId), actor);
  }

  @Mutation(() => RunType, {
    description:
      "A seeded random search over the algorithm's parameters, a child run a trial, judged out of fold; the best one is registered.\n" +
      "Its result: best {version value hyperparameters metrics}, trials.",
  })
  tune(
    @Arg("input", () => TuneInput) input: TuneInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    const model = parseName(input.model, "input.model");
    const space = parseJson(input.space, "input.space");
    return services.jobs.tune({ ...input, model, space }, actor);
  }

  @FieldResolver(() => RunType, {
    nullable: true,
    description: "The run that this one is a candidate or a trial of.",
  })
  parent(@Root() { parentRunId }: Run, @Ctx() { loaders }: GraphQLContext): Promise<Run | null> | null {
    return parentRunId === null ? null : loaders.runs.load(parentRunId);
  }

  @FieldResolver(() => [RunType], { description: "Its candidates or trials, in the order they were begun." })
  children(
    @Root() { id }: Run,
    @ListSize() first: number | null,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Run[]> {
    return loaders.runChildren.with({ first: listSize(first) }).load(id);
  }
}
