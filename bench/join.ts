/**
 * npm run bench:join -- [users=20000] [months=6] [asked=1000000]: a file of `asked` random (user, date) rows, made as it is
 * read, joined to all features and written as Parquet to nowhere, as a JOIN run does: by PostgreSQL and, if its package is
 * there, by DuckDB over a lake of the same snapshots, which is written first. Beside them the statements of the offline store
 * alone. Once each. CPU is this process's, in which DuckDB runs, and that of the server, from /proc; memory is the
 * most that this process had resident.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import "reflect-metadata";
import { createPool } from "../src/db/pool.js";
import { definitions } from "../src/definitions/index.js";
import { duckDbOffline } from "../src/features/offline/duckdb/duckdb.js";
import { openLake } from "../src/features/offline/lake/lake.js";
import { fillLake } from "../src/features/offline/lake/lake-sync.js";
import { OfflineStore } from "../src/features/offline/postgres/offline-store.js";
import { postgresOffline } from "../src/features/offline/postgres/postgres.js";
import { hasDuckDb } from "../tests/support/engines.js";
import { randomRows } from "./support/asked-rows.js";
import { databaseCpuMeter, forgetPeak, peakMegabytes, usedBy } from "./support/cpu.js";
import { type JoinedFile, joinFile } from "./support/joined-file.js";
import { conditions } from "./support/measure.js";
import { withScratchDatabase } from "./support/scratch-database.js";
import { monthEnds, seedSnapshots } from "./support/snapshots.js";

const [users = 20_000, months = 6, asked = 1_000_000] = process.argv.slice(2).map(Number);
const CHUNK = 5_000;
const MEMORY = "1GB";

await withScratchDatabase(async (url) => {
  const folder = mkdtempSync(join(tmpdir(), "asof-bench-"));
  const dates = monthEnds(months);
  await seedSnapshots(url, users, dates);
  const pool = createPool(url, 4);
  const serverCpu = await databaseCpuMeter(url);
  const lake = openLake(pathToFileURL(join(folder, "lake")).href);
  const on = { pool, folder, offline: { lake, memory: MEMORY, sparkSubmit: "", sparkMaster: "" } };
  const rows = () => randomRows(users, dates);
  console.log(`# Joining a file: ${asked} rows of ${users} users × ${months} months`);
  console.log(`${conditions()}; npm run bench:join -- ${users} ${months} ${asked}\n`);
  console.log(
    "| | wall s | client CPU s | server CPU s | µs CPU a row | peak MB |\n|---|---|---|---|---|---|",
  );
  const files: JoinedFile[] = [];
  try {
    await line("the file, joined by postgres", async () => {
      files.push(await joinFile(postgresOffline, on, rows(), asked));
    });
    await line("the statements alone", async () => {
      const [offline, next] = [new OfflineStore(pool, definitions), rows()];
      for (let from = 0; from < asked; from += CHUNK)
        await offline.read(Array.from({ length: Math.min(CHUNK, asked - from) }, next));
    });
    if (hasDuckDb) {
      const { signal } = new AbortController();
      await line("the lake, written", () => fillLake({ pool, definitions, lake, signal }));
      await line("the file, joined by duckdb", async () => {
        files.push(await joinFile(duckDbOffline, on, rows(), asked));
      });
    }
  } finally {
    await pool.end();
    rmSync(folder, { recursive: true, force: true });
  }
  const [first] = files;
  const isSame = files.every(({ sha256 }) => sha256 === first!.sha256);
  console.log(`\n${first!.bytes} bytes of Parquet each; ${isSame ? "the same" : "NOT THE SAME"} bytes.`);

  async function line(name: string, work: () => Promise<unknown>): Promise<void> {
    forgetPeak();
    const { wall, client, server } = await usedBy(serverCpu, work);
    const each = ((client + server) * 1e6) / asked;
    const cells = [wall.toFixed(1), client.toFixed(1), server.toFixed(1), each.toFixed(1)];
    console.log(`| ${[name, ...cells, Math.round(peakMegabytes())].join(" | ")} |`);
  }
});
