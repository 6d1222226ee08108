import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Identity } from "../auth/identity.js";
import { requireRole } from "../auth/rules.js";
import { listSize } from "../inputs/arguments.js";
import { externalKind } from "../jobs/external/external.kind.js";
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
  async parent(
    @Root() { parentRunId }: Run,
    @Ctx() { loaders, identity }: GraphQLContext,
  ): Promise<Run | null> {
    const parent = parentRunId === null ? null : await loaders.runs.load(parentRunId);
    if (parent) requireOfModel(parent, identity, "Run.parent");
    return parent;
  }

  @FieldResolver(() => [RunType], { description: "Its candidates or trials, in the order they were begun." })
  children(
    @Root() run: Run,
    @ListSize() first: number | null,
    @Ctx() { loaders, identity }: GraphQLContext,
  ): Promise<Run[]> {
    requireOfModel(run, identity, "Run.children");
    return loaders.runChildren.with({ first: listSize(first) }).load(run.id);
  }
}

/**
 * What asof puts beneath a run is of the same model. What clients put beneath theirs may be of any, or of none.
 * @throws {ForbiddenError} who asks reads single models alone
 */
function requireOfModel({ kind }: Run, identity: Identity, field: string): void {
  if (kind === externalKind.name) requireRole(identity, "viewer", `${field} of clients' runs`);
}
