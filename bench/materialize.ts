/**
 * npm run bench:materialize -- [users=200000] [rounds=3]: one snapshot's rows of every view to the online tables, as
 * `materialize` writes them (event-time guard, users withdrawn, freshness, statistics), against a bare
 * `insert … select … on conflict do update` of the same rows in one transaction. In turns, on one embedded server, each from
 * online tables in the same state.
 */

import { migrateDatabase } from "../src/db/database.js";
import { type Client, createPool, quote, withTransaction } from "../src/db/pool.js";
import { onlineTableName, snapshotTableName } from "../src/db/tables/derived.js";
import { definitions } from "../src/definitions/index.js";
import { keyOf } from "../src/definitions/language/entities.js";
import { materialize } from "../src/features/materialize.js";
import { cpuMeter } from "./support/cpu.js";
import { hardware, median } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";
import { monthEnds, seedSnapshots } from "./support/snapshots.js";

const users = Number(process.argv[2] ?? 200_000);
const rounds = Number(process.argv[3] ?? 3);
const dates = monthEnds(2);
/** What is written, and the month that is online before. */
const cases = [
  { name: "first month, into empty tables", snapshot: 1, before: null },
  { name: "next month, every row an update", snapshot: 2, before: 1 },
  { name: "the same month again", snapshot: 2, before: 2 },
];
interface Sample {
  wall: number;
  cpu: number;
}

const server = await startScratchServer();
const { url } = server;
const pool = createPool(url, 2);
try {
  await migrateDatabase(url, definitions);
  await seedSnapshots(url, users, dates);
  const { rows } = await pool.query("select run_id as id from snapshots limit 1");
  const runId: string = rows[0].id;
  const allCpu = await cpuMeter(url);
  const ways: Record<string, (tx: Client, snapshot: number) => Promise<unknown>> = {
    "bare insert … on conflict do update": insertBare,
    materialize: (tx, snapshot) => materialize(tx, definitions, snapshot, runId),
  };
  const samples = cases.map((): Record<string, Sample[]> => ({}));
  for (let round = 0; round < rounds; round++) {
    for (const [index, { snapshot, before }] of cases.entries()) {
      for (const [name, write] of Object.entries(ways)) {
        await startFrom(before);
        const [startedAt, cpu] = [performance.now(), allCpu() ?? Number.NaN];
        await withTransaction(pool, (tx) => write(tx, snapshot));
        const wall = (performance.now() - startedAt) / 1000;
        samples[index]![name] = [
          ...(samples[index]![name] ?? []),
          { wall, cpu: (allCpu() ?? Number.NaN) - cpu },
        ];
      }
    }
  }
  print(samples);
} finally {
  await pool.end();
  await server.stop();
}

async function insertBare(tx: Client, snapshot: number): Promise<void> {
  await tx.query("set local work_mem = '64MB'");
  for (const view of definitions.views) {
    const values = ["as_of", ...view.features].map(quote);
    const columns = [quote(keyOf(definitions, definitions.sources[0]!)), ...values].join(", ");
    await tx.query(
      `insert into ${quote(onlineTableName(view))} (${columns})
       select ${columns} from ${quote(snapshotTableName(view.source.name))} where as_of = $2::date and snapshot_id = $1
       on conflict (${quote(keyOf(definitions, definitions.sources[0]!))}) do update
         set ${values.map((column) => `${column} = excluded.${column}`).join(", ")}`,
      [snapshot, dates[snapshot - 1]],
    );
  }
}

/** Fresh online tables with that snapshot, their pages on disk. */
async function startFrom(snapshot: number | null): Promise<void> {
  const tables = definitions.views.map((view) => quote(onlineTableName(view))).join(", ");
  await pool.query(`truncate ${tables}`);
  if (snapshot !== null) await withTransaction(pool, (tx) => insertBare(tx, snapshot));
  await pool.query(`vacuum (analyze) ${tables}`);
  await pool.query("checkpoint");
}

function print(samples: Record<string, Sample[]>[]): void {
  const rows = users * definitions.views.length;
  console.log(
    `# Materializing ${users} users, ${rows} rows of ${definitions.views.length} views, ${rounds} rounds in turns`,
  );
  console.log(`${hardware()}; npm run bench:materialize -- ${users} ${rounds}`);
  for (const [index, { name }] of cases.entries()) {
    console.log(`\n## ${name}\n`);
    console.log("| | wall s, median (all) | rows/s | CPU s, median, server's included |\n|---|---|---|---|");
    const medians = Object.entries(samples[index]!).map(([way, all]) => {
      const [wall, cpu] = [median(all.map((s) => s.wall)), median(all.map((s) => s.cpu))];
      const walls = all.map((s) => s.wall.toFixed(2)).join(" ");
      console.log(
        `| ${way} | ${wall.toFixed(2)} (${walls}) | ${Math.round(rows / wall)} | ${cpu.toFixed(2)} |`,
      );
      return { wall, cpu };
    });
    const [limit, own] = medians as [Sample, Sample];
    console.log(`\nratio ${(own.wall / limit.wall).toFixed(2)}, of CPU ${(own.cpu / limit.cpu).toFixed(2)}`);
  }
}
