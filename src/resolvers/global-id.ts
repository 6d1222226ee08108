import type { NodeKind } from "./node-kinds.js";

/** `user:8627-ZYGSZ`, `version:churn:3`, or, of a run, its UUID. */
export function globalId({ prefix, keyOf }: NodeKind, value: object): string {
  const key = keyOf(value).map((part) => encodeURIComponent(part));
  return (prefix === null ? key : [prefix, ...key]).join(":");
}

/** @returns null: no object can have this id */
export function readGlobalId(
  kinds: readonly NodeKind[],
  id: string,
): { kind: NodeKind; key: string[] } | null {
  const parts = id.split(":");
  const prefix = parts.length > 1 ? parts.shift() : null;
  const kind = kinds.find((each) => each.prefix === prefix);
  if (!kind) return null;
  try {
    return { kind, key: parts.map(decodeURIComponent) };
  } catch {
    return null;
  }
}
