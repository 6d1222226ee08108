/**
 * npm run bench:lake -- [users=200000] [months=10] [asked=1000000] [memory=1GB]: a lake of users × months rows of each
 * shipped source, written by DuckDB itself as asof writes it (key order, row groups of 25 000, Snappy) with its rows in
 * the catalogue and none in PostgreSQL; then a file of `asked` random (user, date) rows joined to all features over it by the
 * engine duckdb with that limit, written as Parquet to nowhere. Printed: time, CPU of the process in which DuckDB runs, the
 * most memory that it had resident, and the most that lay in its temporary folder.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import "reflect-metadata";
import { createPool, literal, type Pool, withTransaction } from "../src/db/pool.js";
import { declaredColumns, insertParts } from "../src/db/snapshots/snapshot-parts.js";
import { definitions } from "../src/definitions/index.js";
import type { Source } from "../src/definitions/language/deployment.js";
import { keyOf } from "../src/definitions/language/entities.js";
import { duckDbOffline } from "../src/features/offline/duckdb/duckdb.js";
import { openLake } from "../src/features/offline/lake/lake.js";
import { recordPart } from "../src/features/offline/lake/lake-catalogue.js";
import { partFolder } from "../src/features/offline/lake/part-rows.js";
import { randomRows } from "./support/asked-rows.js";
import { databaseCpuMeter, forgetPeak, peakMegabytes, usedBy } from "./support/cpu.js";
import { joinFile } from "./support/joined-file.js";
import { conditions } from "./support/measure.js";
import { withScratchDatabase } from "./support/scratch-database.js";
import { monthEnds } from "./support/snapshots.js";

const [users = 200_000, months = 10, asked = 1_000_000] = process.argv.slice(2, 5).map(Number);
const memory = process.argv[5] ?? "1GB";
const RUN = "00000000-0000-4000-8000-000000000000";

await withScratchDatabase(async (url) => {
  const folder = mkdtempSync(join(tmpdir(), "asof-bench-"));
  const pool = createPool(url, 4);
  try {
    const dates = monthEnds(months);
    const bytes = await writeLake(pool, join(folder, "lake"), dates);
    const rows = users * months * definitions.sources.length;
    const lake = openLake(pathToFileURL(join(folder, "lake")).href);
    const offline = { lake, memory, sparkSubmit: "", sparkMaster: "" };
    console.log(`# Joining ${asked} rows over a lake of ${rows} rows by DuckDB`);
    console.log(`${conditions()}; npm run bench:lake -- ${users} ${months} ${asked} ${memory}\n`);
    console.log(
      `${definitions.sources.length} sources × ${users} users × ${months} months, ${mb(bytes)} MB of Parquet.\n`,
    );
    const spilled = watchFolder(folder, bytes);
    forgetPeak();
    let answer = 0;
    const { wall, client } = await usedBy(await databaseCpuMeter(url), async () => {
      answer = (await joinFile(duckDbOffline, { pool, offline, folder }, randomRows(users, dates), asked))
        .bytes;
    });
    console.log("| wall s | CPU s | µs CPU a row | peak resident MB | most in its folder MB | answer MB |");
    console.log("|---|---|---|---|---|---|");
    const cells = [wall.toFixed(1), client.toFixed(1), ((client * 1e6) / asked).toFixed(1)];
    console.log(`| ${[...cells, Math.round(peakMegabytes()), mb(spilled()), mb(answer)].join(" | ")} |`);
  } finally {
    await pool.end();
    rmSync(folder, { recursive: true, force: true });
  }
});

function mb(bytes: number): number {
  return Math.round(bytes / 1e6);
}

/** @returns how many bytes it has */
async function writeLake(pool: Pool, place: string, dates: readonly string[]): Promise<number> {
  await pool.query(
    "insert into runs (id, kind, status, params, actor) values ($1, 'INGEST', 'SUCCEEDED', '{}', 'bench')",
    [RUN],
  );
  const { url } = openLake(pathToFileURL(place).href);
  const duckdb = await DuckDBInstance.create(":memory:");
  const connection = await duckdb.connect();
  let bytes = 0;
  for (const [index, asOf] of dates.entries()) {
    const id = index + 1;
    await pool.query(
      `insert into snapshots (id, as_of, revision, created_at, content_sha256, definitions_sha256, run_id, views, sources)
       overriding system value values ($1, $2, 1, clock_timestamp(), 'bench', 'bench', $3, '[]', '[]')`,
      [id, asOf, RUN],
    );
    for (const source of definitions.sources) {
      const part = { name: source.name, ownerId: id, eventDate: asOf, columns: declaredColumns(source) };
      const made = { ...part, rowCount: users, contentSha256: "bench", buckets: Buffer.alloc(0) };
      await insertParts(pool, id, [made]);
      const path = `${partFolder({ ...made, snapshotId: id, asOf })}/part-00000-0000000000000000.parquet`;
      mkdirSync(dirname(join(place, path)), { recursive: true });
      await connection.run(copySql(source, id, asOf, join(place, path)));
      const size = statSync(join(place, path)).size;
      bytes += size;
      const sha256 = createHash("sha256")
        .update(readFileSync(join(place, path)))
        .digest("hex");
      const file = { path, rows: users, bytes: size, sha256 };
      await withTransaction(pool, (tx) => recordPart(tx, url, { ownerId: id, name: source.name }, 0, [file]));
    }
  }
  connection.closeSync();
  duckdb.closeSync();
  return bytes;
}

function copySql(source: Source, id: number, asOf: string, path: string): string {
  const columns = Object.entries(source.columns).map(([name, { type, oneOf }], place) => {
    const drawn = `(hash(i * 31 + ${id * 7 + place}) & 1048575)`;
    const values: Record<string, string> = {
      float: `${drawn} / 13107.2`,
      bool: `${drawn} % 2 = 0`,
      date: `date '2020-01-01' + (${drawn} % 1000)::int`,
      string: oneOf
        ? `list_extract(${listOf(oneOf)}, 1 + (${drawn} % ${oneOf.length})::int)`
        : `'v' || ${drawn} % 100`,
      int: `(${drawn} % 100)::int`,
    };
    return `${values[type]!} as "${name}"`;
  });
  const key = `lpad(i::varchar, 8, '0') || '-USER' as "${keyOf(definitions, source)}"`;
  const selected = [key, `${id}::int as snapshot_id`, `date '${asOf}' as as_of`, ...columns];
  return `copy (select ${selected.join(", ")} from range(${users}) r(i)) to ${literal(path)}
    (format parquet, compression snappy, row_group_size 25000)`;
}

function listOf(texts: readonly string[]): string {
  return `[${texts.map(literal).join(", ")}]`;
}

/** @returns what ends the watch, and says how many bytes more than these were there at most */
function watchFolder(folder: string, without: number): () => number {
  let most = 0;
  const timer = setInterval(() => {
    const sizes = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) =>
      sizeOf(join(folder, path)),
    );
    most = Math.max(most, sizes.reduce((sum, size) => sum + size, 0) - without);
  }, 200);
  return () => {
    clearInterval(timer);
    return most;
  };
}

function sizeOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : 0;
}
