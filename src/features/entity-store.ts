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

  /** By key. */
  async list(page: PageRequest): Promise<Slice<EntityRecord>> {
    const [after] = page.after ? decodeCursor(page.after, 1) : [null];
    const { rows } = await this.db.query<EntityRecord>(
      `select ${this.#columns} from ${this.#table} where $1::text is null or ${quote(this.#key)} > $1
       order by ${quote(this.#key)} limit $2`,
      [after, page.first + 1],
    );
    return toSlice(
      rows,
      page,
      (row) => row,
      (row) => [row[this.#key] as string],
    );
  }

  async count(): Promise<number> {
    const { rows } = await this.db.query<{ count: number }>(
      `select count(*)::int as count from ${this.#table}`,
    );
    return rows[0]!.count;
  }
}
