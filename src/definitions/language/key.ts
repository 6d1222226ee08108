import type { Column } from "./column.js";
import { about, type Refuse } from "./contradictions.js";
import { camelCase } from "./names.js";

/** The types that a column of a key can have. */
export const KEY_TYPES = ["string", "int", "bigint", "uuid"] as const;
export type KeyType = (typeof KEY_TYPES)[number];

/** A column of a key, as it is declared. It is never empty. */
export interface KeyColumn<Type extends KeyType = KeyType> {
  readonly type: Type;
  readonly description?: string;
}

/** What a key is declared with: a column's name for one text, else the columns by name. */
export type DeclaredKey = string | Readonly<Record<string, KeyColumn>>;

/** A column of a key with its names. */
export interface NamedKeyColumn extends KeyColumn {
  /** As in files, tables and JSON. */
  readonly column: string;
  /** As in GraphQL. */
  readonly field: string;
}

/** What has a key, and how it keeps it. */
export interface Keyed {
  readonly name: string;
  /** The key's column in every table. Files and JSON have it, too, where the key is one column. */
  readonly key: string;
  /** What the key is made of; absent: one text, called `key`. Of several columns, `key` is `<entity>_key`. */
  readonly keyColumns?: Readonly<Record<string, KeyColumn>>;
}

/** A UUID, read in any case and written in lower case: `3f2b8c1e-…`. Of keys alone. */
export const uuid = (options: { readonly description?: string } = {}): KeyColumn<"uuid"> => ({
  ...options,
  type: "uuid",
});

/** How an entity keeps its key: the one column that all its tables have, and what it is made of where that is more than a text. */
export function keptKey(name: string, key: DeclaredKey): Omit<Keyed, "name"> {
  if (typeof key === "string") return { key };
  const [[column, declared] = ["", null], ...others] = Object.entries(key);
  const isOne = others.length === 0;
  const isText = isOne && declared?.type === "string" && !declared.description && !extraOf(declared);
  return isText ? { key: column } : { key: isOne ? column : `${name}_key`, keyColumns: key };
}

const known = new WeakMap<Keyed, readonly NamedKeyColumn[]>();

/** The columns of an entity's key, in the order of their declaration. */
export function keyColumnsOf(entity: Keyed): readonly NamedKeyColumn[] {
  let columns = known.get(entity);
  if (!columns) {
    const declared = entity.keyColumns ?? { [entity.key]: { type: "string" as const } };
    columns = Object.entries(declared).map(([column, { type, description }]) => ({
      ...{ column, field: camelCase(column), type },
      ...(description === undefined ? {} : { description }),
    }));
    known.set(entity, columns);
  }
  return columns;
}

/** What a key's column has beside its type and its description. */
const extraOf = (declared: object): string | undefined =>
  Object.entries(declared as Partial<Column>)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([option]) => option)
    .find((option) => option !== "type" && option !== "description");

/** Refuses columns that cannot be a key's. What they are called is checked with all other names. */
export function checkKey(entity: Keyed, refuse: Refuse): void {
  const columns = Object.entries(entity.keyColumns ?? {});
  const ofEntity = about(`entity ${entity.name}`, refuse);
  if (entity.keyColumns && columns.length === 0) ofEntity("its key has no column");
  if (columns.length > MOST_COLUMNS)
    ofEntity(`its key has ${columns.length} columns; at most ${MOST_COLUMNS} are accepted`);
  for (const [column, declared] of columns) {
    const ofColumn = about(`key ${column}`, ofEntity);
    if (!KEY_TYPES.includes(declared.type))
      ofColumn(`its type ${declared.type} is none of ${KEY_TYPES.join(", ")}`);
    const extra = extraOf(declared);
    if (extra === "from") ofColumn("from is a source's to say: keyFrom");
    else if (extra === "required") ofColumn("it is required as it is; leave required out");
    else if (extra !== undefined) ofColumn(`a key's column declares no ${extra}; expectKey checks keys`);
  }
}
const MOST_COLUMNS = 8;
