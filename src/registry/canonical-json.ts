import { createHash } from "node:crypto";

/**
 * One text for equal JSON values: fields by name, -0 as 0. Names such as `__proto__` and `constructor` are names as any
 * other, and an object without a prototype, as GraphQL literals are, equals one that has it.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(",")}}`;
}

export const sameJson = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

export const jsonDigest = (value: unknown): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex");
