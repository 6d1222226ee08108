import { type GraphQLField, type GraphQLSchema, getNamedType, isInputObjectType } from "graphql";
import { Extensions } from "type-graphql";
import { type GivenRole, type Role, roleBeside, roleEverywhere } from "../auth/identity.js";
import { type ArgumentRule, requireArgumentRoles, requireRole } from "../auth/rules.js";
import { ForbiddenError } from "../errors/auth-errors.js";
import type { GraphQLContext } from "./context.js";

/** What a field asks of its caller; stands in the field's extensions. */
interface Needed {
  role: Role;
  ofArguments: readonly ArgumentRule[];
  /** Whether it is the role that they have by every protocol. */
  everywhere?: boolean;
}

/**
 * The least role that a root field asks for, and what its arguments ask for beyond that. Stands beside the field; a root
 * field without one keeps the server from starting. Beside another field: what leads on from there, whoever reached it, to what
 * is of no model.
 */
export const Needs = (role: Role, ...ofArguments: ArgumentRule[]): MethodDecorator =>
  Extensions({ role, ofArguments } satisfies Needed);

/** What gives or takes what others may do, by whatever protocol: a role for GraphQL alone is not enough. */
export const NeedsEverywhere = (role: Role): MethodDecorator =>
  Extensions({ role, ofArguments: [], everywhere: true } satisfies Needed);

/** Which argument of a field names the one model that it is about, where that is not `model`. */
export const OfModel = (argument: string): MethodDecorator => Extensions({ ofModel: argument });

/** The role of each root field, by its name before the deployment's names: `Query.user`. One schema a process. */
const roles = new Map<string, Role>();

/** @throws {Error} the schema has no such root field */
export function roleOf(field: string): Role {
  const role = roles.get(field);
  if (!role) throw new Error(`the schema has no root field ${field}`);
  return role;
}

/** What somebody asks for. */
export interface AskedMutation {
  field: GraphQLField<unknown, unknown>;
  /** As the deployment calls it. */
  name: string;
  args: Readonly<Record<string, unknown>>;
  context: GraphQLContext;
}

/**
 * Every root field asks for its role before anything of it runs.
 * @param onRefused a mutation that is refused is answered when it ends
 * @returns the roles, by root field
 * @throws {Error} a root field says none
 */
export function guardRootFields(
  schema: GraphQLSchema,
  onRefused?: (asked: AskedMutation, error: ForbiddenError) => Promise<unknown>,
): ReadonlyMap<string, Role> {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const { role, ofArguments, everywhere } = field.extensions as Partial<Needed>;
      if (!role) throw new Error(`${type!.name}.${field.name} has no @Needs: say which role it asks for`);
      const isMutation = type === schema.getMutationType();
      const name = `${type!.name}.${field.name}`;
      const asked = everywhere ? `${name}, by every protocol,` : name;
      roles.set(name, role);
      // A subscription is entered by `subscribe`; its `resolve` gets what came of that.
      const entrance = field.subscribe ? "subscribe" : "resolve";
      const enter = field[entrance]!;
      field[entrance] = (root, args, context: GraphQLContext, info) => {
        const { identity } = context;
        const mutation = isMutation ? { field, name: info.fieldName, args, context } : null;
        const beside = { actor: identity.actor, role: roleForField({ field, args, context }) };
        try {
          requireRole(beside, role, asked);
          requireArgumentRoles(beside, ofArguments ?? [], args, asked);
        } catch (error) {
          if (!mutation || !onRefused || !(error instanceof ForbiddenError)) throw error;
          return onRefused(mutation, error).then(() => Promise.reject(error));
        }
        return enter(root, args, context, info);
      };
    }
  }
  return roles;
}

/** The role that somebody has for what a field is about. */
export const roleForField = ({ field, args, context }: Omit<AskedMutation, "name">): GivenRole =>
  (field.extensions as Partial<Needed>).everywhere
    ? roleEverywhere(context.identity)
    : roleBeside(context.identity, modelArgument(field)?.(args));

type ModelOf = (args: Readonly<Record<string, unknown>>) => unknown;

/**
 * What a field is about, where that is one model: its argument `model`, or that of its `input`. Roles that somebody has for a model
 * hold there.
 */
export function modelArgument(field: GraphQLField<unknown, unknown>): ModelOf | null {
  const { ofModel } = field.extensions as { ofModel?: string };
  if (ofModel !== undefined) return (args) => args[ofModel];
  if (field.args.some(({ name }) => name === "model")) return ({ model }) => model;
  const input = field.args.find(({ name }) => name === "input");
  const type = input && getNamedType(input.type);
  // One that names a run, too, changes that run, whoever's it is.
  if (!isInputObjectType(type) || !type.getFields().model || type.getFields().runId) return null;
  return ({ input }) => (input as { model?: unknown }).model;
}
