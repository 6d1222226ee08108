import { z } from "zod";
import { fieldFacts } from "../../inputs/fields.js";
import type { ContentShape, JsonSchema } from "./route-api.js";

/** What the scalars of `inputs/fields.ts` are, which zod knows as functions alone. */
const BY_SCALAR: Readonly<Record<string, JsonSchema>> = {
  Date: { type: "string", format: "date" },
  DateTime: { type: "string", format: "date-time" },
};

/**
 * @param io `input`: as clients send it; `output`: as they get it
 */
export function jsonSchemaOf(shape: ContentShape, io: "input" | "output"): JsonSchema {
  if (!(shape instanceof z.ZodType)) return shape.schema;
  const { $schema: _, ...schema } = z.toJSONSchema(shape, {
    io,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const facts = fieldFacts.get(zodSchema);
      const scalar = facts && BY_SCALAR[facts.type];
      if (scalar) Object.assign(jsonSchema, scalar);
      // What comes as text is described by what it is read as.
      if (zodSchema instanceof z.ZodPipe && zodSchema.def.in instanceof z.ZodTransform)
        Object.assign(jsonSchema, jsonSchemaOf(zodSchema.def.out as z.ZodType, io));
      // Whole numbers are of JavaScript's range without saying so.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as Record<string, unknown>;
  return schema;
}
