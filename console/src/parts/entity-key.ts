import type { ViewerQuery } from "../graphql/graphql.js";

export type Entity = ViewerQuery["deployment"]["entities"][number];

/** A key as the API has it: an object by column. */
export type EntityKey = Readonly<Record<string, unknown>>;

/** `/users`, `/billing-accounts` */
export const pathOfEntity = ({ plural }: Pick<Entity, "plural">): string => `/${plural.replaceAll(" ", "-")}`;

/** `/users/8627-ZYGSZ`: the parts of a key as in global ids, percent-encoded and joined by ":". */
export function pathOfKey(entity: Pick<Entity, "plural" | "keys">, key: unknown): string {
  const parts = entity.keys.map(({ column }) => encodeURIComponent(String(partOf(key, column))));
  return `${pathOfEntity(entity)}/${parts.length === 1 ? parts[0] : encodeURIComponent(parts.join(":"))}`;
}

/**
 * The key that the last part of an address names, which the router has decoded once.
 * @returns null: no key has so many parts, or one cannot be read
 */
export function keyOfPath({ keys }: Pick<Entity, "keys">, text: string): EntityKey | null {
  if (keys.length === 1) return { [keys[0]!.column]: text };
  const parts = text.split(":");
  if (parts.length !== keys.length) return null;
  try {
    return Object.fromEntries(
      keys.map(({ column, type }, i) => [column, typed(decodeURIComponent(parts[i]!), type)]),
    );
  } catch {
    return null;
  }
}

/** Whole numbers of 32 bits are numbers in JSON, all other types of keys are texts. */
const typed = (text: string, type: string): unknown =>
  type === "int" && /^-?\d+$/.test(text) ? Number(text) : text;

/** For people: the values, in the order of the columns. */
export const keyInWords = ({ keys }: Pick<Entity, "keys">, key: unknown): string =>
  keys.map(({ column }) => String(partOf(key, column))).join(" · ");

const partOf = (key: unknown, column: string): unknown =>
  typeof key === "object" && key !== null ? (key as EntityKey)[column] : undefined;
