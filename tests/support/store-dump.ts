import type { TestApp } from "./app.js";

/** Tables of runs, of the engine, of what workers found and of what was counted when it was asked for: no dump has them. */
const NOT_DATA = [
  ...[
    "runs",
    "run_steps",
    "run_events",
    "run_metrics",
    "artifacts",
    "artifact_blobs",
    "artifact_objects",
    "artifact_pieces",
    "deliveries",
    "delivery_scan",
    "feature_profiles",
    "drift_comparisons",
    "part_differences",
    "lineage_cursors",
    "audit_log",
    "lake_files",
    "asof_core_migrations",
    "asof_deployment_migrations",
  ],
];

/**
 * Every row of every live, snapshot, partition and online table, with the transaction that wrote it and its place:
 * equal dumps mean that nothing was written, not even the same values again. `without` leaves tables out.
 */
export async function dumpStore(
  { sql }: Pick<TestApp, "sql">,
  without: readonly string[] = [],
): Promise<Record<string, string[]>> {
  const tables = await sql<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> all($1) order by 1`,
    [[...NOT_DATA, ...without]],
  );
  const dump: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await sql<{ row: string }>(
      `select xmin || ' ' || ctid || ' ' || t::text as row from "${name}" t order by 1`,
    );
    dump[name] = rows.map(({ row }) => row);
  }
  return dump;
}

/** Names of what is staged right now. */
export async function stagingTables({ sql }: Pick<TestApp, "sql">): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'staging'::regnamespace and relkind = 'r'",
  );
  return rows.map(({ name }) => name);
}
