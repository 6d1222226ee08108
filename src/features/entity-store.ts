import { decodeCursor, type PageRequest, type Slice, toSlice } from "../db/page.js";
import { type Queryable, quote } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import type { EntityRecord } from "./types.js";

/** Rows of the entity source's live table. */
export class EntityStore {
  readonly #key: string;
  readonly #table: string;
  readonly #columns: string;

  constructor(
    private readonly db: Queryable,
    deployment: Deployment,
  ) {
    this.#key = deployment.entity.key;
    this.#table = quote(deployment.entitySource.name);
    this.#columns = [this.#key, ...Object.keys(deployment.entitySource.columns)].map(quote).join(", ");
  }

  async find(userIds: readonly string[]): Promise<(EntityRecord | null)[]> {
    const { rows } = await this.db.query<EntityRecord>(
      `select ${this.#columns} from ${this.#table} where ${quote(this.#key)} = any($1)`,
      [userIds],
    );
    const byId = new Map(rows.map((row) => [row[this.#key], row]));
    return userIds.map((id) => byId.get(id) ?? null);
  }

  /** By key; those whose key begins with the prefix, where there is one. */
  async list(page: PageRequest, prefix: string | null = null): Promise<Slice<EntityRecord>> {
    const [after] = page.after ? decodeCursor(page.after, 1) : [null];
    const { rows } = await this.db.query<EntityRecord>(
      `select ${this.#columns} from ${this.#table}
       where ($1::text is null or ${quote(this.#key)} > $1) and ${this.#beginsWith("$3")}
       order by ${quote(this.#key)} limit $2`,
      [after, page.first + 1, prefix],
    );
    return toSlice(
      rows,
      page,
      (row) => row,
      (row) => [row[this.#key] as string],
    );
  }

  async count(prefix: string | null = null): Promise<number> {
    const { rows } = await this.db.query<{ count: number }>(
      `select count(*)::int as count from ${this.#table} where ${this.#beginsWith("$1")}`,
      [prefix],
    );
    return rows[0]!.count;
  }

  /** Keys are ordered by their bytes, so PostgreSQL makes a range of the index of `starts_with`. */
  #beginsWith(prefix: string): string {
    return `(${prefix}::text is null or starts_with(${quote(this.#key)}, ${prefix}))`;
  }
}
