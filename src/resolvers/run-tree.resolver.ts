import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { listSize } from "../inputs/arguments.js";
import type { Run } from "../registry/run.js";
import { RunType } from "../schema/run.type.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";

/** The runs that a run is made of, and the one that it is part of. */
@Resolver(() => RunType)
export class RunTreeResolver {
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
