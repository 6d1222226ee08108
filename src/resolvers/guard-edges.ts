import { defaultFieldResolver, type GraphQLSchema, getNamedType, isObjectType } from "graphql";
import { type Identity, type Role, roleBeside, roleCovers } from "../auth/identity.js";
import { requireRole } from "../auth/rules.js";
import { externalKind } from "../jobs/external/external.kind.js";
import type { VersionEntry } from "../registry/model.js";
import type { Run } from "../registry/run.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import type { GraphQLContext } from "./context.js";
import { modelArgument, roleForField } from "./needs.js";

/** The model that something found on the way is of, by its type; no text: of none. */
const MODEL_OF: Readonly<Record<string, (found: never) => unknown>> = {
  ModelVersion: ({ model }: VersionEntry) => model,
  // What clients call a model among their parameters is up to them.
  Run: ({ kind, params }: Run) => (kind === externalKind.name ? null : params.model),
};

/**
 * A role for a model opens its root fields; from there fields lead on. One that says which role it asks for (`@Needs`) asks
 * for that everywhere. What is asked of a model by its name, and what is found to be another model's, asks for the role for that.
 */
export function guardEdges(schema: GraphQLSchema): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__") || roots.includes(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const { role } = field.extensions as { role?: Role };
      const asksFirst = role !== undefined || modelArgument(field) !== null;
      const modelOf = MODEL_OF[getNamedType(field.type).name];
      if (!asksFirst && !modelOf) continue;
      const needed = role ?? "viewer";
      const name = `${type.name}.${field.name}`;
      // What is read off the parent costs nothing, and needs no request's context, as before.
      if (!field.resolve)
        field.extensions = { ...field.extensions, complexity: field.extensions.complexity ?? IN_MEMORY };
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (parent, args, context: GraphQLContext, info) => {
        const { identity } = context;
        if (roleCovers(identity.role, needed)) return resolve(parent, args, context, info);
        const beside = { actor: identity.actor, role: roleForField({ field, args, context }) };
        if (asksFirst) requireRole(beside, needed, name);
        const found = resolve(parent, args, context, info);
        if (!modelOf) return found;
        const permitted = (value: unknown) => permit(identity, name, modelOf, value);
        return found instanceof Promise ? found.then(permitted) : permitted(found);
      };
    }
  }
}

function permit(identity: Identity, name: string, modelOf: (found: never) => unknown, value: unknown) {
  for (const each of Array.isArray(value) ? value : [value]) {
    const model = each && modelOf(each as never);
    if (typeof model !== "string") continue;
    const role = roleBeside(identity, model);
    const what = `${name} for the model ${JSON.stringify(model.slice(0, 100))}`;
    requireRole({ actor: identity.actor, role }, "viewer", what);
  }
  return value;
}
