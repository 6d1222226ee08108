import { Arg, type ClassType, Field, Float, ID, InputType, Int, registerEnumType } from "type-graphql";
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

type Shape = Readonly<Record<string, z.core.$ZodType>>;

type Wrapped = z.ZodOptional<z.ZodType> | z.ZodNullable<z.ZodType> | z.ZodDefault<z.ZodType>;

const isNamedType = ({ def }: z.ZodType): boolean => def.type === "enum" || def.type === "object";

interface FieldOptions {
  type: () => never;
  nullable: boolean;
  defaultValue: unknown;
  description: string | undefined;
}

/** Declares GraphQL input types, enums and arguments from zod shapes: each type once, whoever names it. */
export class GeneratedInputs {
  readonly #inputs = new Map<string, { type: ClassType; fields: string }>();
  readonly #enums = new Map<string, object>();

  /** @throws {Error} two shapes with different fields have the same name */
  input(name: string, shape: Shape, description: string | undefined): ClassType {
    const fields = Object.keys(shape).join(", ");
    const known = this.#inputs.get(name);
    if (known && known.fields !== fields)
      throw new Error(`the input ${name} is declared twice: of ${known.fields}, and of ${fields}`);
    if (known) return known.type;
    const type: ClassType = class {};
    this.#inputs.set(name, { type, fields });
    InputType(name, { description })(type);
    for (const [field, schema] of Object.entries(shape)) {
      const { type: typeOf, ...options } = this.#field(schema, `${name}.${field}`);
      Field(typeOf, options)(type.prototype, field);
    }
    return type;
  }

  /** Declares the method's argument of that index. */
  argument(target: object, method: string, index: number, name: string, schema: z.core.$ZodType): void {
    const { type, ...options } = this.#field(schema, `${method}(${name})`);
    Arg(name, type, options)(target, method, index);
  }

  /** Declares the method's first argument, `input`. */
  inputArgument(target: object, method: string, name: string, shape: Shape, description: string | undefined) {
    const type = this.input(name, shape, description);
    Arg("input", () => type)(target, method, 0);
  }

  /** @throws {Error} its type is none that GraphQL has; `named` says which one it is */
  #field(schema: z.core.$ZodType, place: string): FieldOptions {
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
    const type = this.#type(inner, place);
    return { type: () => type as never, nullable, defaultValue, description };
  }

  #type(schema: z.ZodType, place: string): unknown {
    const facts = fieldFacts.get(schema);
    const known = facts && KNOWN[facts.type];
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
        return [this.#type(def.element as z.ZodType, place)];
      case "enum":
        if (facts) return this.#enum(facts.type, def.entries, facts.values ?? {}, schema.description);
        break;
      case "object":
        if (facts) return this.input(facts.type, def.shape, schema.description);
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
