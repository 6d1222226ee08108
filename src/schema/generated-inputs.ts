import { Arg, type ClassType, Field, InputType } from "type-graphql";
import type { z } from "zod";
import { GeneratedTypes, type Shape } from "./generated-types.js";

/** Declares GraphQL input types, enums and arguments from zod shapes: each type once, whoever names it. */
export class GeneratedInputs extends GeneratedTypes {
  readonly #inputs = new Map<string, { type: ClassType; fields: string }>();

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
      const { type: typeOf, ...options } = this.field(schema, `${name}.${field}`);
      Field(typeOf, options)(type.prototype, field);
    }
    return type;
  }

  /** Declares the method's argument of that index. */
  argument(target: object, method: string, index: number, name: string, schema: z.core.$ZodType): void {
    const { type, ...options } = this.field(schema, `${method}(${name})`);
    Arg(name, type, options)(target, method, index);
  }

  /** Declares the method's first argument, `input`. */
  inputArgument(target: object, method: string, name: string, shape: Shape, description: string | undefined) {
    const type = this.input(name, shape, description);
    Arg("input", () => type)(target, method, 0);
  }

  protected object(name: string, shape: Shape, description: string | undefined): ClassType {
    return this.input(name, shape, description);
  }
}
