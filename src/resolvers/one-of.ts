import { type GraphQLSchema, isInputObjectType } from "graphql";

/**
 * Makes `@Directive("@oneOf")` of an input hold. type-graphql writes the directive into the type's node alone, and
 * graphql-js asks the type.
 * @throws {Error} a field that a client must give, or that has a default: there would never be exactly one
 */
export function declareOneOf(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isInputObjectType(type)) continue;
    if (!type.astNode?.directives?.some(({ name }) => name.value === "oneOf")) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.defaultValue === undefined && String(field.type).at(-1) !== "!") continue;
      throw new Error(
        `${type.name} is @oneOf, so ${type.name}.${field.name} must be nullable, without a default`,
      );
    }
    type.isOneOf = true;
  }
}
