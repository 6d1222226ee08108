/**
 * npm run bench:erasure -- [users=100000] [dates=12] [runs=10000] [people=5]: the erasure of one person after the other,
 * step by step, and the dry run before it, with so many monthly snapshots of all sources and so many runs of ten events each.
 * In turns with it, on the same server, the bare deletes of another person's rows from the same tables by hand: no record,
 * no hash that stays, no search in texts, no vacuum.
 */
import "reflect-metadata";
import { pino } from "pino";
import { createPool, type Pool, quote, withTransaction } from "../src/db/pool.js";
import { liveTableName, onlineTableName, snapshotTableName } from "../src/db/tables/derived.js";
import { definitions } from "../src/definitions/index.js";
import { keyOf } from "../src/definitions/language/entities.js";
import { materialize } from "../src/features/materialize.js";
import { startAsof } from "../src/process/app.js";
import { testConfig } from "../tests/support/config.js";
import { cpuMeter } from "./support/cpu.js";
import { userId } from "./support/delivery.js";
import { conditions, median } from "./support/measure.js";
import { withScratchDatabase } from "./support/scratch-database.js";
import { seedRuns } from "./support/seed-runs.js";
import { monthEnds, seedSnapshots } from "./support/snapshots.js";

const [users = 100_000, dates = 12, runs = 10_000, people = 5] = process.argv.slice(2).map(Number);
const KEY = quote(keyOf(definitions, definitions.sources[0]!));
const EVENTS_PER_RUN = 10;
type Figures = Record<string, number>;

await withScratchDatabase(async (url) => {
  const pool = createPool(url, 2);
  try {
    await seed(url, pool);
    const asof = await startAsof(testConfig({ databaseUrl: url }), definitions, pino({ level: "silent" }));
    try {
      print(await measure(url, pool, asof.services));
    } finally {
      await asof.close();
    }
  } finally {
    await pool.end();
  }
});

async function seed(url: string, pool: Pool): Promise<void> {
  const all = monthEnds(dates);
  await seedSnapshots(url, users, all);
  const { rows } = await pool.query("select run_id as id from snapshots limit 1");
  await withTransaction(pool, async (tx) => {
    for (const source of definitions.sources) {
      const columns = [KEY, ...Object.keys(source.columns).map(quote), "as_of"].join(", ");
      await tx.query(
        `insert into ${quote(liveTableName(source))} (${columns})
         select ${columns} from ${quote(snapshotTableName(source.name))} where as_of = $1`,
        [all.at(-1)],
      );
    }
    await materialize(tx, definitions, dates, rows[0].id);
  });
  await seedRuns(pool, runs, runs * 3);
  await pool.query(
    `insert into run_events (run_id, kind, at, type, status, step, message, data)
     select id, kind, created_at, 'LOG', 'RUNNING', 'train', 'a step of run ' || id || ' came to ' || n,
       jsonb_build_object('rows', n * 100, 'file', 'usage_agg_30d.csv')
     from runs, generate_series(1, $1::int) n`,
    [EVENTS_PER_RUN],
  );
  await pool.query("vacuum (analyze)");
}

async function measure(
  url: string,
  pool: Pool,
  { jobs, runs, erasures }: Awaited<ReturnType<typeof startAsof>>["services"],
): Promise<Record<string, Figures[]>> {
  const allCpu = await cpuMeter(url);
  const timed = async (work: () => Promise<unknown>): Promise<Figures> => {
    const [startedAt, cpu] = [performance.now(), allCpu() ?? Number.NaN];
    await work();
    return { wall: (performance.now() - startedAt) / 1000, cpu: (allCpu() ?? Number.NaN) - cpu };
  };
  const found: Record<string, Figures[]> = { "bare deletes": [], "dry run": [], erasure: [] };
  const subject = (key: string) => ({ entity: definitions.entities[0]!.entity, key });
  for (let person = 0; person < people; person++) {
    const [mine, other] = [userId(100 + person * 7), userId(103 + person * 7)];
    found["bare deletes"]!.push(await timed(() => deleteBare(pool, other)));
    found["dry run"]!.push(await timed(() => erasures.reach(subject(mine))));
    let runId = "";
    const whole = await timed(async () => {
      ({ id: runId } = await jobs.start("ERASE", { userId: mine, reason: "a bench" }, "bench"));
      for await (const event of runs.follow(runId, null))
        if (event.type === "STATUS" && !["QUEUED", "RUNNING"].includes(event.status)) break;
    });
    const [run] = await runs.findByIds([runId]);
    if (run!.status !== "SUCCEEDED") throw new Error(JSON.stringify(run!.error));
    const [steps] = await runs.steps([runId]);
    const places = (run!.result as { places: { rows: number }[] }).places;
    const rows = places.reduce((sum, each) => sum + each.rows, 0);
    const ofSteps = steps!.map(({ name, durationMs }) => [`step ${name}`, durationMs! / 1000] as const);
    found.erasure!.push({ ...whole, rows, ...Object.fromEntries(ofSteps) });
  }
  return found;
}

/** The guards of rows that are written once are out of the way. */
async function deleteBare(pool: Pool, key: string): Promise<void> {
  const tables = [
    ...definitions.sources.map(liveTableName),
    ...definitions.views.map(onlineTableName),
    ...definitions.sources.map(({ name }) => snapshotTableName(name)),
  ];
  await withTransaction(pool, async (tx) => {
    await tx.query("set local session_replication_role = replica");
    for (const table of tables) await tx.query(`delete from ${quote(table)} where ${KEY} = $1`, [key]);
  });
}

function print(found: Record<string, Figures[]>): void {
  const of = (name: string, figure: string) => median(found[name]!.map((each) => each[figure]!));
  console.log(`# Erasing one of ${users} users from ${dates} snapshots, ${people} people in turns`);
  console.log(
    `${conditions()}; \`npm run bench:erasure -- ${[users, dates, runs, people].join(" ")}\`; ` +
      `${definitions.sources.length} sources, ${runs} runs with ${runs * EVENTS_PER_RUN} events; ${of("erasure", "rows")} rows a person.\n`,
  );
  console.log("| | wall s, median (all) | CPU s, median, server's included |\n|---|---|---|");
  for (const [name, all] of Object.entries(found)) {
    const walls = all.map(({ wall }) => wall!.toFixed(2)).join(" ");
    console.log(`| ${name} | ${of(name, "wall").toFixed(2)} (${walls}) | ${of(name, "cpu").toFixed(2)} |`);
  }
  console.log("\n| step of the erasure | s, median |\n|---|---|");
  for (const figure of Object.keys(found.erasure![0]!).filter((each) => each.startsWith("step ")))
    console.log(`| ${figure.slice(5)} | ${of("erasure", figure).toFixed(2)} |`);
}
