import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { changeId, pageSize, parseName } from "../inputs/arguments.js";
import type { Experiment } from "../registry/experiment.js";
import type { RegistryChange } from "../registry/registry-changes.js";
import type { RunOrder as Order, Run, RunCount } from "../registry/run.js";
import {
  ExperimentConnection,
  ExperimentState,
  type ExperimentStateName,
  ExperimentType,
} from "../schema/experiment.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { toConnection } from "../schema/page-info.type.js";
import { RegistryChangeType } from "../schema/registry-change.type.js";
import { RunOrder } from "../schema/run.enum.js";
import { RunConnectionType, RunType } from "../schema/run.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver(() => ExperimentType)
export class ExperimentResolver {
  @Needs("viewer")
  @Query(() => ExperimentConnection, { description: "What runs are filed under, the newest first." })
  async experiments(
    @Arg("state", () => ExperimentState, { defaultValue: ExperimentState.ACTIVE }) state: ExperimentStateName,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { services: { experiments } }: GraphQLContext,
  ) {
    const isDeleted = state === "DELETED";
    const page = await experiments.list(isDeleted, { first: pageSize(first), after });
    return toConnection(page, () => experiments.count(isDeleted));
  }

  @Needs("viewer")
  @Query(() => ExperimentType, { nullable: true, description: "An experiment by its name." })
  experiment(
    @Arg("name", () => String) name: string,
    @Ctx() { services }: GraphQLContext,
  ): Promise<Experiment | null> {
    return services.experiments.findByName(parseName(name, "name"));
  }

  @FieldResolver(() => ExperimentState, { complexity: IN_MEMORY, description: "Whether it takes runs." })
  state(@Root() { deletedAt }: Experiment): ExperimentStateName {
    return deletedAt ? "DELETED" : "ACTIVE";
  }

  @Needs("viewer")
  @FieldResolver(() => RunConnectionType, {
    description: "Its runs; of an experiment that is deleted those that are put aside.",
  })
  async runs(
    @Root() { id, deletedAt }: Experiment,
    @Arg("orderBy", () => RunOrder, { defaultValue: RunOrder.CREATED_DESC }) orderBy: Order,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { services: { runs } }: GraphQLContext,
  ): Promise<RunConnectionType> {
    const filter = { experiment: id, deleted: deletedAt !== null };
    const page = await runs.list(filter, orderBy, { first: pageSize(first), after });
    let counted: Promise<RunCount> | undefined;
    return toConnection(page, () => (counted ??= runs.count(filter, orderBy)));
  }

  @Needs("viewer")
  @FieldResolver(() => [RegistryChangeType], { description: "Who changed it, newest first." })
  changes(
    @Root() { id }: Experiment,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("before", () => ID, {
      nullable: true,
      description: "Only those before the one of this id: the next page.",
    })
    before: string | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<RegistryChange[]> {
    const page = { first: pageSize(first), before: changeId(before, "before") };
    return loaders.experimentChanges.with(page).load(id);
  }
}

@Resolver(() => RunType)
export class RunExperimentResolver {
  @Needs("viewer")
  @FieldResolver(() => ExperimentType, { description: "What it is filed under." })
  async experiment(@Root() { experimentId }: Run, @Ctx() { loaders }: GraphQLContext): Promise<Experiment> {
    return (await loaders.experiments.load(experimentId))!;
  }
}
