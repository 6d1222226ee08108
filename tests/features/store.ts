import { randomUUID } from "node:crypto";
import { createPool, type Pool, quote } from "../../src/db/pool.js";
import type { ColumnValue } from "../../src/definitions/language/column.js";
import type { EntityRow, UserFeatures } from "../../src/features/types.js";
import { createMigratedDatabase } from "../support/database.js";
import { describeParts } from "../support/snapshot-parts.js";
import { definitions, prepare } from "./definitions.js";

export type Rows = Record<string, Record<string, ColumnValue[]>>;

/** One pushed row, its values in the view's feature order. */
export interface Push {
  view: string;
  user: string;
  asOf: string;
  values: ColumnValue[];
}

/** A database with the tables of `definitions`, and ways to put literal rows into it. */
export interface StoreDatabase {
  pool: Pool;
  /** One snapshot: per view, rows by user, their values in the view's feature order; and what was pushed before it. */
  snapshot(asOf: string, revision: number, createdAt: string, views: Rows, pushes?: Push[]): Promise<void>;
  online(view: string, user: string, asOf: string, values: ColumnValue[]): Promise<void>;
  drop(): Promise<void>;
}

export async function storeDatabase(declared = definitions): Promise<StoreDatabase> {
  const database = await createMigratedDatabase();
  await prepare(database.url, declared);
  const pool = createPool(database.url, 4);
  const runId = randomUUID();
  await pool.query(
    "insert into runs (id, kind, status, params, actor) values ($1, 'INGEST', 'SUCCEEDED', '{}', 'tester')",
    [runId],
  );
  /** All rows in one statement, in their order. */
  const insert = async (table: string, columns: string[], rows: unknown[][]) => {
    const names = columns.map(quote).join(", ");
    const records = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
    await pool.query(
      `insert into ${quote(table)} (${names}) select ${names} from json_populate_recordset(null::${quote(table)}, $1)`,
      [JSON.stringify(records)],
    );
  };
  const partitioned = new Set<string>();
  return {
    pool,
    async snapshot(asOf, revision, createdAt, views, pushes = []) {
      const { rows } = await pool.query(
        "select nextval(pg_get_serial_sequence('snapshots', 'id'))::int as id",
      );
      for (const view of declared.views) {
        const table = `${view.source.name}_snapshots`;
        if (!partitioned.has(`${table} ${asOf}`)) {
          await pool.query("select asof_ensure_partition($1, $2)", [table, asOf]);
          partitioned.add(`${table} ${asOf}`);
        }
        await insert(
          table,
          ["snapshot_id", "as_of", "user_id", ...view.features],
          Object.entries(views[view.name] ?? {}).map(([user, values]) => [rows[0].id, asOf, user, ...values]),
        );
      }
      for (const { name, features } of declared.views) {
        const pushed = pushes.filter(({ view }) => view === name);
        if (pushed.length === 0) continue;
        await insert(
          `${name}_pushes`,
          ["user_id", "as_of", "pushed_features", "pushed_by", ...features],
          pushed.map(({ user, asOf: from, values }) => [user, from, features, "tester", ...values]),
        );
        await pool.query(`update ${quote(`${name}_pushes`)} set snapshot_id = $1 where snapshot_id is null`, [
          rows[0].id,
        ]);
      }
      // Last: a snapshot in the catalogue takes no more rows.
      await pool.query(
        `insert into snapshots (id, as_of, revision, created_at, content_sha256, definitions_sha256, run_id, views, sources)
         overriding system value values ($1, $2, $3, $4, 'x', 'x', $5, '[]', '[]')`,
        [rows[0].id, asOf, revision, createdAt, runId],
      );
      await describeParts(pool, declared, rows[0].id, asOf);
    },
    async online(view, user, asOf, values) {
      const { features } = declared.views.find(({ name }) => name === view)!;
      await insert(`${view}_online`, ["user_id", "as_of", ...features], [[user, asOf, ...values]]);
    },
    async drop() {
      await pool.end();
      await database.drop();
    },
  };
}

/** `hours: 1.5 PRESENT` per feature asked for, short enough for a table of expectations. */
export function told({ values, statuses }: UserFeatures, ...features: string[]): string {
  return statuses
    .filter(({ name }) => features.includes(name))
    .map(({ name, status }) => `${values[name]} ${status}`)
    .join(", ");
}

export const ask = (key: string, asOf?: string, knownAt?: string): EntityRow => ({
  key,
  asOf,
  knownAt: knownAt === undefined ? undefined : new Date(knownAt),
});
