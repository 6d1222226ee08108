import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import { requireRole } from "../auth/rules.js";
import { batch, maxPageSize } from "../inputs/arguments.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { NodeType } from "../schema/node.type.js";
import type { GraphQLContext } from "./context.js";
import { readGlobalId } from "./global-id.js";
import { Needs, roleOf } from "./needs.js";
import { nodeKinds } from "./node-kinds.js";
import { rememberKind } from "./node-types.js";

@Resolver()
export class NodeResolver {
  @Needs("viewer")
  @Query(() => NodeType, {
    nullable: true,
    description:
      "Any object by its global id: a run's is its UUID, others are `<type>:<key>`, as `user:8627-ZYGSZ`,\n" +
      "`snapshot:2024-01-31:1`, `model:churn`, `version:churn:3`, `view:subs_profile`, `schedule:nightly`,\n" +
      "`experiment:2`. Null where there is none.",
  })
  node(@Arg("id", () => ID) id: string, @Ctx() context: GraphQLContext): Promise<object | null> {
    return findNode(id, context);
  }

  // The loaders charge for what is looked up.
  @Needs("viewer")
  @Query(() => [NodeType], {
    nullable: "items",
    complexity: IN_MEMORY,
    description: `Up to ${maxPageSize.toLocaleString("fr")} objects by their global ids, in the ids' order; null for each that is none.`,
  })
  nodes(@Arg("ids", () => [ID]) ids: string[], @Ctx() context: GraphQLContext): Promise<(object | null)[]> {
    return Promise.all(batch("ids", ids, maxPageSize).map((id) => findNode(id, context)));
  }
}

async function findNode(id: string, context: GraphQLContext): Promise<object | null> {
  const asked = readGlobalId(nodeKinds(context.services.definitions), id);
  if (!asked) return null;
  const { kind, key } = asked;
  requireRole(context.identity, roleOf(kind.shownBy), kind.shownBy);
  const value = await kind.find(key, context);
  // No object has an id with too many parts.
  if (!value || kind.keyOf(value).length !== key.length) return null;
  rememberKind(value, kind);
  return value;
}
