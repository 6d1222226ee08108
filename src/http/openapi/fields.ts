import type { JsonSchema } from "./route-api.js";

/** A field of an object, with the path to it: `model.name`, `rows[].key`. */
export interface SchemaField {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

const DEEPEST = 4;

/** The fields of a schema and of the objects in it, each once. Where there are several forms, what one of them lacks is not required. */
export function fieldsOf(schema: JsonSchema, prefix = "", depth = 0): readonly SchemaField[] {
  if (depth > DEEPEST) return [];
  const forms = (schema.anyOf ?? schema.oneOf ?? schema.allOf) as readonly JsonSchema[] | undefined;
  if (forms) return merged(forms.map((form) => fieldsOf(form, prefix, depth + 1)));
  if (schema.items) return fieldsOf(schema.items as JsonSchema, `${prefix}[]`, depth + 1);
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema.required ?? []) as readonly string[];
  return Object.entries(properties).flatMap(([name, of]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    return [{ name: path, schema: of, required: required.includes(name) }, ...fieldsOf(of, path, depth + 1)];
  });
}

function merged(forms: readonly (readonly SchemaField[])[]): SchemaField[] {
  const filled = forms.filter((form) => form.length > 0);
  const names = new Set(filled.flat().map(({ name }) => name));
  return [...names].map((name) => {
    const found = filled.map((form) => form.find((field) => field.name === name));
    const first = found.find((field) => field !== undefined)!;
    return { ...first, required: found.every((field) => field?.required) };
  });
}
