import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { IN_MEMORY } from "../schema/field-costs.js";

/** Root fields whose statements are shared with other requests, unless an argument names a date or a version. */
const SHARED = new Set(["predict", "predictFor", "predictMany", "features"]);
const OWN = new Set(["asOf", "knownAt", "version", "alias"]);
/** The type whose resolvers hand on what their parent holds; single fields of others say so by their cost. */
const HELD = "Features";

/**
 * Whether a query asks the database for nothing that is to end with its request, so that it may be answered without the
 * request's context: predictions and features about now, and what is read off them.
 */
export function isDetached(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  const root = schema.getQueryType();
  let detached = true;
  const field = ({ name, arguments: given }: FieldNode): void => {
    const parent = types.getParentType();
    if (parent === root) {
      detached &&= SHARED.has(name.value) && !given?.some((argument) => OWN.has(argument.name.value));
    } else {
      detached &&=
        name.value === "__typename" ||
        parent?.name === HELD ||
        types.getFieldDef()?.extensions.complexity === IN_MEMORY ||
        types.getFieldDef()?.resolve === undefined;
    }
  };
  visit(document, visitWithTypeInfo(types, { Field: field }));
  return detached;
}
