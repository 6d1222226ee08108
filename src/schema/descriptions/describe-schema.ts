import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from "graphql";
import { COMMON } from "./common.js";
import { ENUM_VALUES } from "./enum-values.js";
import { FIELDS } from "./fields.js";
import { TYPES } from "./types.js";

/** What defines the text of each scalar. */
const SPECIFIED_BY: Readonly<Record<string, string>> = {
  Date: "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
  DateTime: "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
  JSON: "https://www.rfc-editor.org/rfc/rfc8259",
};

interface Described {
  name: string;
  description?: string | null;
}

/** One thing of the schema that has a description, or none, and how it is called: `Query.runs(first)`. */
interface Place {
  coordinate: string;
  part: Described;
  /** Where it finds one that its declaration lacks. */
  texts: readonly (string | undefined)[];
}

/** Describes what its declaration does not, and says of each scalar what specifies it. */
export function describeSchema(schema: GraphQLSchema): void {
  for (const { part, texts } of describedPlaces(schema)) {
    part.description ||= texts.find((text) => text !== undefined);
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type)) type.specifiedByURL ??= SPECIFIED_BY[type.name];
  }
}

/** Types, fields, arguments, inputs and enum values of the schema, without GraphQL's own. */
export function* describedPlaces(schema: GraphQLSchema): Generator<Place> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__") || isSpecifiedScalarType(type)) continue;
    yield { coordinate: type.name, part: type, texts: [TYPES[type.name]] };
    if (isEnumType(type)) {
      for (const value of type.getValues()) {
        const coordinate = `${type.name}.${value.name}`;
        yield { coordinate, part: value, texts: [ENUM_VALUES[coordinate]] };
      }
    }
    if (!(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      yield { coordinate, part: field, texts: [FIELDS[coordinate], COMMON[field.name]] };
      for (const argument of "args" in field ? field.args : []) {
        const inside = `${coordinate}(${argument.name})`;
        yield { coordinate: inside, part: argument, texts: [FIELDS[inside], COMMON[argument.name]] };
      }
    }
  }
}
