import { createClient, quote } from "../../src/db/pool.js";
import { declaredColumns, insertParts } from "../../src/db/snapshots/snapshot-parts.js";
import { snapshotTableName } from "../../src/db/tables/derived.js";
import { definitions } from "../../src/definitions/index.js";
import type { Column } from "../../src/definitions/language/column.js";
import { keyOf } from "../../src/definitions/language/entities.js";

/** The last days of `count` months from January 2024 on. */
export const monthEnds = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => new Date(Date.UTC(2024, i + 1, 0)).toISOString().slice(0, 10));

/**
 * Snapshots of every source for `users` users (`00000000-USER`, …) at each date, made in SQL in
 * key order as publishing makes them: into new partitions, attached when they are full.
 */
export async function seedSnapshots(url: string, users: number, dates: readonly string[]): Promise<void> {
  const client = createClient(url);
  await client.connect();
  try {
    await client.query(
      "set work_mem = '64MB'; set maintenance_work_mem = '256MB'; set synchronous_commit = off",
    );
    const runId = "00000000-0000-4000-8000-000000000000";
    await client.query(
      "insert into runs (id, kind, status, params, actor) values ($1, 'INGEST', 'SUCCEEDED', '{}', 'bench')",
      [runId],
    );
    for (const [index, asOf] of dates.entries()) await seedDate(client, users, asOf, index + 1, runId);
    const parents = definitions.sources.map(({ name }) => quote(snapshotTableName(name)));
    await client.query("set default_statistics_target = 10");
    await client.query(`vacuum (analyze) ${parents.join(", ")}, snapshots, snapshot_parts`);
  } finally {
    await client.end();
  }
}

async function seedDate(
  client: ReturnType<typeof createClient>,
  users: number,
  asOf: string,
  id: number,
  runId: string,
): Promise<void> {
  for (const source of definitions.sources) {
    const table = snapshotTableName(source.name);
    const names = Object.keys(source.columns);
    const values = names.map((name, place) => drawn(source.columns[name]!, place));
    const columns = ["snapshot_id", "as_of", keyOf(definitions, definitions.sources[0]!), ...names]
      .map(quote)
      .join(", ");
    await client.query("select asof_new_partition($1, $2)", [table, asOf]);
    await client.query(
      `insert into ${quote(`${table}_${asOf.replaceAll("-", "")}`)} (${columns})
       select $1::int, $2::date, lpad(i::text, 8, '0') || '-USER', ${values.join(", ")}
       from generate_series(0, $3::int - 1) i`,
      [id, asOf, users],
    );
    await client.query("select asof_attach_partition($1, $2)", [table, asOf]);
  }
  await client.query(
    `insert into snapshots (id, as_of, revision, created_at, content_sha256, definitions_sha256, run_id, views, sources)
     overriding system value values ($1, $2, 1, clock_timestamp(), 'bench', 'bench', $3, '[]', '[]')`,
    [id, asOf, runId],
  );
  const parts = definitions.sources.map((source) => ({
    name: source.name,
    ownerId: id,
    eventDate: asOf,
    columns: declaredColumns(source),
    rowCount: users,
    contentSha256: `bench of ${asOf}`,
    buckets: Buffer.alloc(0),
  }));
  await insertParts(client, id, parts);
}

/** A value that looks independent per row, column and snapshot ($1). */
function drawn({ type, oneOf }: Column, place: number): string {
  const hash = `(hashint4(i * 31 + $1 * 7 + ${place}) & 1048575)`;
  if (oneOf) return `(array[${oneOf.map((value) => `'${value}'`)}])[1 + ${hash} % ${oneOf.length}]`;
  if (type === "float") return `${hash} / 13107.2`;
  if (type === "bool") return `${hash} % 2 = 0`;
  if (type === "date") return `'2020-01-01'::date + ${hash} % 1000`;
  if (type === "string") return `'v' || ${hash} % 100`;
  return `${hash} % 100`;
}
