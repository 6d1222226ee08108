import { keyOrder } from "../db/key-sql.js";
import { decodeCursor, type PageRequest, type Slice, toSlice } from "../db/page.js";
import { type Queryable, quote } from "../db/pool.js";
import type { Deployment, Entity } from "../definitions/language/deployment.js";
import { entitySourceOf } from "../definitions/language/entities.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { isKeptKey, keyObject } from "../definitions/language/key-form.js";
import type { EntityRecord } from "./types.js";

/** Rows of the live tables of the entities' sources. */
export class EntityStore {
  constructor(
    private readonly db: Queryable,
    private readonly deployment: Deployment,
  ) {}

  async find(entity: Entity, keys: readonly string[]): Promise<(EntityRecord | null)[]> {
    const { rows } = await this.db.query<EntityRecord>(
      `${this.#select(entity)} where ${quote(entity.key)} = any($1)`,
      [keys],
    );
    const byKey = new Map(rows.map((row) => [row[entity.key], row]));
    return keys.map((key) => withParts(entity, byKey.get(key) ?? null));
  }

  /** By key; those whose key begins with the prefix, where there is one. */
  async list(entity: Entity, page: PageRequest, prefix: string | null = null): Promise<Slice<EntityRecord>> {
    const isKey = ([key]: readonly unknown[]) => isKeptKey(entity, String(key));
    const [after] = page.after ? decodeCursor(page.after, 1, isKey) : [null];
    const order = keyOrder(entity, quote(entity.key)).join(", ");
    const behind = keyOrder(entity, '($1::text collate "C")').join(", ");
    const { rows } = await this.db.query<EntityRecord>(
      `${this.#select(entity)}
       where ($1::text is null or (${order}) > (${behind})) and ${beginsWith(entity, "$3")}
       order by ${order} limit $2`,
      [after, page.first + 1, prefix],
    );
    return toSlice(
      rows,
      page,
      (row) => withParts(entity, row),
      (row) => [row[entity.key] as string],
    );
  }

  async count(entity: Entity, prefix: string | null = null): Promise<number> {
    const { name } = entitySourceOf(this.deployment, entity);
    const { rows } = await this.db.query<{ count: number }>(
      `select count(*)::int as count from ${quote(name)} where ${beginsWith(entity, "$1")}`,
      [prefix],
    );
    return rows[0]!.count;
  }

  #select(entity: Entity): string {
    const { name, columns } = entitySourceOf(this.deployment, entity);
    return `select ${[entity.key, ...Object.keys(columns)].map(quote).join(", ")} from ${quote(name)}`;
  }
}

/** Of a key of several columns its columns, too. */
function withParts<Row extends EntityRecord | null>(entity: Entity, row: Row): Row {
  if (row === null || keyColumnsOf(entity).length === 1) return row;
  return { ...row, ...keyObject(entity, row[entity.key] as string) };
}

/** Keys are ordered by their bytes, so PostgreSQL makes a range of the index of `starts_with`. */
const beginsWith = ({ key }: Entity, prefix: string): string =>
  `(${prefix}::text is null or starts_with(${quote(key)}, ${prefix}))`;
