/**
 * npm run bench:point-in-time -- [users=100000] [months=12] [asked=100000] [rounds=5]: the point-in-time join of the
 * product for `asked` random (user, date) rows over `months` snapshots of all views, against two statements written
 * by hand for the same tables in psql, which \copy the asked rows into a temporary table first:
 *   lateral — per row and view, the newest row at or before the date: the same answer in every case;
 *   exact   — the date's snapshot first, then one join for each view: only right where every user is in every snapshot.
 * In turns on one embedded server. CPU is the client's and the server's, in psql its server process's, from /proc. `lateral` is asked fewer
 * rows, so `exact` and the offline store are asked these too, once. At last a single user and 100 users as of one date,
 * as a serving process asks: by the offline store, and by its statement over sets with a plan kept and with none kept.
 */
import "reflect-metadata";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPool, type Pool } from "../src/db/pool.js";
import { snapshotTableName } from "../src/db/tables/derived.js";
import { definitions } from "../src/definitions/index.js";
import { keyOf } from "../src/definitions/language/entities.js";
import { FeatureStore } from "../src/features/feature-store.js";
import { JOINED_TOGETHER } from "../src/features/offline/dated-reads.js";
import { OfflineStore } from "../src/features/offline/postgres/offline-store.js";
import { pointInTimeSql } from "../src/features/offline/postgres/point-in-time-sql.js";
import { type AskedRow, randomRows } from "./support/asked-rows.js";
import { databaseCpuMeter, readStat, type Used, usedBy } from "./support/cpu.js";
import { userId } from "./support/delivery.js";
import { hardware, median } from "./support/measure.js";
import { withScratchDatabase } from "./support/scratch-database.js";
import { monthEnds, seedSnapshots } from "./support/snapshots.js";

const [users = 100_000, months = 12, asked = 100_000, rounds = 5] = process.argv.slice(2).map(Number);
/** The lateral statement takes this many of the asked rows: all of them would take many minutes. */
const LATERAL_ROWS = Math.min(asked, 500);
const FEW_READS = 50;
await withScratchDatabase(async (url) => {
  const dates = monthEnds(months);
  await seedSnapshots(url, users, dates);
  await compare(url, Array.from({ length: asked }, randomRows(users, dates)));
});

async function compare(url: string, rows: AskedRow[]): Promise<void> {
  const pool = createPool(url, 1);
  const serverCpu = await databaseCpuMeter(url);
  const offline = new OfflineStore(pool, definitions);
  const features = new FeatureStore(pool, definitions);
  const chunked = async (all: typeof rows, read: (chunk: typeof rows) => Promise<unknown>) => {
    for (let i = 0; i < all.length; i += JOINED_TOGETHER) await read(all.slice(i, i + JOINED_TOGETHER));
  };
  const samples: Record<string, Used[]> = {
    lateral: [],
    exact: [],
    "offline store": [],
    "feature store": [],
  };
  const few = rows.slice(0, LATERAL_ROWS);
  samples.lateral!.push(inPsql(url, few, lateralSql()));
  samples["exact, few"] = [inPsql(url, few, exactSql())];
  samples["offline store, few"] = [
    await usedBy(serverCpu, () => chunked(few, (chunk) => offline.read(chunk))),
  ];
  for (let round = 0; round < rounds; round++) {
    samples.exact!.push(inPsql(url, rows, exactSql()));
    samples["offline store"]!.push(
      await usedBy(serverCpu, () => chunked(rows, (chunk) => offline.read(chunk))),
    );
    samples["feature store"]!.push(
      await usedBy(serverCpu, () => chunked(rows, (chunk) => features.read(chunk))),
    );
  }
  print(samples);
  await compareFew(pool, serverCpu, rows[0]!.asOf);
  await pool.end();
}

/** Reads of few users of one date, again and again on one connection. */
async function compareFew(pool: Pool, serverCpu: () => number, asOf: string): Promise<void> {
  const sql = pointInTimeSql(keyOf(definitions, definitions.sources[0]!), definitions.views);
  const offline = new OfflineStore(pool, definitions);
  console.log("\n| rows of one date | read by | wall ms | server CPU ms |\n|---|---|---|---|");
  for (const count of [1, 100]) {
    const rows = Array.from({ length: count }, (_, i) => ({ key: userId((i * 37) % users), asOf }));
    const values = [rows.map((row) => row.key), rows.map(() => asOf), rows.map(() => "infinity")];
    const reads: Record<string, () => Promise<unknown>> = {
      "sets, planned each time": () => pool.query({ text: sql, values, rowMode: "array" }),
      "sets, plan kept": () => pool.query({ name: `bench_${count}`, text: sql, values, rowMode: "array" }),
      "offline store": () => offline.read(rows),
    };
    for (const [name, read] of Object.entries(reads)) {
      // A plan is kept from the sixth time on.
      for (let i = 0; i < 6; i++) await read();
      const walls: number[] = [];
      const { server } = await usedBy(serverCpu, async () => {
        for (let i = 0; i < FEW_READS; i++) {
          const startedAt = performance.now();
          await read();
          walls.push(performance.now() - startedAt);
        }
      });
      const cpu = (server * 1000) / FEW_READS;
      console.log(`| ${count} | ${name} | ${median(walls).toFixed(2)} | ${cpu.toFixed(2)} |`);
    }
  }
}

/** psql and its server process from the first to the last statement, the copying of the asked rows included. */
function inPsql(url: string, rows: AskedRow[], statement: string): Used {
  const folder = mkdtempSync(join(tmpdir(), "asof-bench-"));
  const file = join(folder, "asked.csv");
  writeFileSync(file, rows.map(({ key, asOf }) => `${key},${asOf}\n`).join(""));
  const script = [
    "select pg_backend_pid() as pid \\gset",
    "\\setenv BACKEND :pid",
    "\\! date +%s.%N; cat /proc/$BACKEND/stat /proc/$PPID/stat",
    'create temp table asked (ordinal int generated always as identity, user_id text collate "C", as_of date);',
    `\\copy asked (user_id, as_of) from '${file}' csv`,
    "analyze asked;",
    "\\o /dev/null",
    `${statement.replace(/\s+/g, " ")};`,
    "\\o",
    "\\! date +%s.%N; cat /proc/$BACKEND/stat /proc/$PPID/stat",
  ];
  const path = join(folder, "hand-written.sql");
  writeFileSync(path, `${script.join("\n")}\n`);
  const args = ["-q", "-A", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", path];
  const lines = execFileSync("psql", args, { encoding: "utf8" }).trim().split("\n");
  rmSync(folder, { recursive: true });
  const [t0, b0, c0, t1, b1, c1] = lines as [string, string, string, string, string, string];
  return {
    wall: Number(t1) - Number(t0),
    client: readStat(c1).seconds - readStat(c0).seconds,
    server: readStat(b1).seconds - readStat(b0).seconds,
  };
}

function columns(): string {
  return definitions.views
    .flatMap((view, i) => ["as_of", ...view.features].map((column) => `v${i}.${column}`))
    .join(", ");
}

function exactSql(): string {
  const joins = definitions.views.map(
    (view, i) =>
      `left join ${snapshotTableName(view.source.name)} v${i}
         on v${i}.as_of = a.at and v${i}.snapshot_id = a.snapshot_id and v${i}.user_id = a.user_id`,
  );
  return `
    with dated as materialized (
      select d.as_of, s.as_of as at, s.id as snapshot_id from (select distinct as_of from asked) d
      cross join lateral (
        select id, as_of from snapshots where as_of <= d.as_of order by as_of desc, revision desc limit 1
      ) s
    ), a as materialized (select ordinal, user_id, at, snapshot_id from asked join dated using (as_of))
    select ${columns()} from a ${joins.join(" ")} order by a.ordinal`;
}

function lateralSql(): string {
  const joins = definitions.views.map(
    (view, i) => `left join lateral (
      select v.* from ${snapshotTableName(view.source.name)} v join effective e on e.id = v.snapshot_id and e.as_of = v.as_of
      where v.user_id = a.user_id and v.as_of <= a.as_of order by v.as_of desc limit 1) v${i} on true`,
  );
  return `
    with effective as (select distinct on (as_of) as_of, id from snapshots order by as_of, revision desc)
    select ${columns()} from asked a ${joins.join(" ")} order by a.ordinal`;
}

function print(samples: Record<string, Used[]>): void {
  const of = (name: string, what: (sample: Used) => number) => median(samples[name]!.map(what));
  const cpu = (sample: Used) => sample.client + sample.server;
  console.log(
    `# Point-in-time join: ${asked} rows of ${users} users × ${months} months × ${definitions.views.length} views`,
  );
  console.log(`${hardware()}; npm run bench:point-in-time -- ${users} ${months} ${asked} ${rounds}\n`);
  console.log(
    "| | rows | wall s | client CPU s | server CPU s | µs CPU a row | CPU to exact | wall to exact |",
  );
  console.log("|---|---|---|---|---|---|---|---|");
  const line = (name: string, rows: number, exact: string) => {
    const [wall, each] = [of(name, (s) => s.wall), of(name, cpu)];
    const numbers = [
      wall,
      of(name, (s) => s.client),
      of(name, (s) => s.server),
      (each / rows) * 1e6,
      each / of(exact, cpu),
      wall / of(exact, (s) => s.wall),
    ];
    console.log(`| ${name} | ${rows} | ${numbers.map((value) => value.toFixed(2)).join(" | ")} |`);
  };
  for (const name of ["lateral", "exact, few", "offline store, few"]) line(name, LATERAL_ROWS, "exact, few");
  for (const name of ["exact", "offline store", "feature store"]) line(name, asked, "exact");
}
