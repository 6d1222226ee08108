import { inLanes } from "../db/lanes.js";
import { literal, type Pool, type Queryable, quote, withTransaction } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";
import { stateSources } from "../definitions/language/windows/sources-of.js";
import { preparedTable, stagingTable } from "./staging.js";

/** Partitions of a snapshot to be, made beside the publishing transaction: that one has a single core to itself. */
export interface PreparedSnapshot {
  snapshotId: number;
  /** By part: the table in the staging schema. Not of parts whose partition was there already. */
  tables: Map<string, string>;
}

/**
 * Makes the partitions that the date has none of yet, with their rows and key: they are not visible until the publication
 * attaches them. One that is never attached goes with the run's staging tables.
 * @param parts named as the sources that were delivered: all unless given
 */
export async function prepareParts(
  pool: Pool,
  deployment: Deployment,
  {
    runId,
    asOf,
    parts = deployment.sources,
  }: { runId: string; asOf: string; parts?: readonly { name: string }[] },
): Promise<PreparedSnapshot> {
  const { rows } = await pool.query<{ id: number }>(
    "select nextval(pg_get_serial_sequence('snapshots', 'id'))::int as id",
  );
  const snapshotId = rows[0]!.id;
  const tables = new Map<string, string>();
  const delivered = stateSources(deployment).filter((source) =>
    parts.some(({ name }) => name === source.name),
  );
  const missing = await partsWithoutPartition(pool, delivered, asOf);
  // The publication beside it is a lane, too.
  await inLanes(
    [...missing.entries()],
    async ([index, source]) => {
      // Under the snapshot's id, so that an attempt that was given up cannot replace what its successor made.
      const table = preparedTable(runId, `${snapshotId}_${index}`);
      await prepare(pool, keyOf(deployment, source), source, { runId, asOf, snapshotId, table });
      tables.set(source.name, table);
    },
    1,
  );
  return { snapshotId, tables };
}

async function partsWithoutPartition(
  db: Queryable,
  sources: readonly Source[],
  asOf: string,
): Promise<Source[]> {
  const { rows } = await db.query<{ missing: boolean }>(
    "select to_regclass(quote_ident(name)) is null as missing from unnest($1::text[]) with ordinality t(name, n) order by n",
    [sources.map((source) => partitionName(source, asOf))],
  );
  return sources.filter((_, index) => rows[index]!.missing);
}

async function prepare(
  pool: Pool,
  keyName: string,
  source: Source,
  to: { runId: string; asOf: string; snapshotId: number; table: string },
): Promise<void> {
  const key = quote(keyName);
  const columns = [keyName, ...Object.keys(source.columns)].map(quote).join(", ");
  const table = `staging.${quote(to.table)}`;
  await withTransaction(pool, async (tx) => {
    await tx.query("set local work_mem = '64MB'; set local maintenance_work_mem = '128MB'");
    await tx.query(
      "set local max_parallel_maintenance_workers = 0; set local default_statistics_target = 10",
    );
    // Its check spares attaching a look at every row. Autovacuum would be in the way of attaching.
    await tx.query(
      `create table ${table} (like ${quote(snapshotTableName(source.name))} including defaults,
         constraint of_one_date check (snapshot_id = ${to.snapshotId} and as_of = ${literal(to.asOf)}))
       with (autovacuum_enabled = false)`,
    );
    await tx.query(
      `insert into ${table} (snapshot_id, as_of, ${columns})
       select $1, $2::date, ${columns} from ${stagingTable(to.runId, source)} order by ${key}`,
      [to.snapshotId, to.asOf],
    );
    await tx.query(`alter table ${table} add primary key (snapshot_id, ${key}, as_of)`);
    await tx.query(`analyze ${table}`);
  });
}

export const partitionName = (source: Source, asOf: string): string =>
  `${snapshotTableName(source.name)}_${asOf.replaceAll("-", "")}`;
