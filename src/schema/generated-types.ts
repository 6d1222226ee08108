import { Float, ID, Int, registerEnumType } from "type-graphql";
import type { z } from "zod";
import { fieldFacts } from "../inputs/fields.js";
import { Algorithm } from "./algorithm.enum.js";
import { DateScalar } from "./date.scalar.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";

/** Types that shapes name and others declare. */
const KNOWN: Readonly<Record<string, unknown>> = {
  Date: DateScalar,
  DateTime: DateTimeScalar,
  JSON: JsonScalar,
  ID,
  Algorithm,
};

export type Shape = Readonly<Record<string, z.core.$ZodType>>;

type Wrapped = z.ZodOptional<z.ZodType> | z.ZodNullable<z.ZodType> | z.ZodDefault<z.ZodType>;

const isNamedType = ({ def }: z.ZodType): boolean => def.type === "enum" || def.type === "object";

interface FieldOptions {
  type: () => never;
  nullable: boolean;
  defaultValue: unknown;
  description: string | undefined;
}

/** GraphQL types of zod schemas: what inputs and objects have in common. */
export abstract class GeneratedTypes {
  readonly #enums = new Map<string, object>();

  /** @param more types that facts may name beside the common ones */
  constructor(private readonly more: Readonly<Record<string, unknown>> = {}) {}

  /** Declares the type of a named object, once. */
  protected abstract object(name: string, shape: Shape, description: string | undefined): unknown;

  /** @throws {Error} its type is none that GraphQL has; `named` says which one it is */
  protected field(schema: z.core.$ZodType, place: string): FieldOptions {
    let inner = schema as z.ZodType;
    let nullable = false;
    let defaultValue: unknown;
    let description: string | undefined;
    for (;;) {
      const { def } = inner as Wrapped;
      // What a type of its own says of itself is not about the field.
      if (!isNamedType(inner)) description ??= inner.description;
      if (def.type === "default") defaultValue = def.defaultValue;
      else if (def.type === "optional" || def.type === "nullable") nullable = true;
      else break;
      inner = def.innerType;
    }
    const type = this.type(inner, place);
    return { type: () => type as never, nullable, defaultValue, description };
  }

  protected type(schema: z.ZodType, place: string): unknown {
    const facts = fieldFacts.get(schema);
    const known = facts && (KNOWN[facts.type] ?? this.more[facts.type]);
    if (known) return known;
    const { def } = schema as
      | z.ZodString
      | z.ZodNumber
      | z.ZodBoolean
      | z.ZodArray<z.ZodType>
      | z.ZodEnum
      | z.ZodObject;
    switch (def.type) {
      case "string":
        return String;
      case "boolean":
        return Boolean;
      case "number":
        return (schema as z.ZodNumber).isInt ? Int : Float;
      case "array":
        return [this.type(def.element as z.ZodType, place)];
      case "enum":
        if (facts) return this.#enum(facts.type, def.entries, facts.values ?? {}, schema.description);
        break;
      case "object":
        if (facts) return this.object(facts.type, def.shape, schema.description);
    }
    throw new Error(`${place}: GraphQL has no type for it; name one (named, of src/inputs/fields.ts)`);
  }

  #enum(
    name: string,
    values: Readonly<Record<string, unknown>>,
    described: Readonly<Record<string, string>>,
    description: string | undefined,
  ): object {
    const known = this.#enums.get(name);
    if (known) return known;
    this.#enums.set(name, values);
    const valuesConfig = Object.fromEntries(
      Object.entries(described).map(([value, text]) => [value, { description: text }]),
    );
    registerEnumType(values, { name, description, valuesConfig });
    return values;
  }
}
