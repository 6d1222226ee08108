/**
 * npm run bench:reads -- [users=10000,100000,1000000] [months=3,12,36] [repeats=200]: whether reads stay as they are while the data
 * grow. By users, with two months: a page of 50 of the list of users, from its beginning, its middle and by a prefix, and
 * the difference of two snapshots of which all rows, or none, differ, asked for the first time and again. By months, with the fewest users: features of one
 * user and of 100 as of the newest and the oldest date. CPU is PostgreSQL's, by /proc in steps of 10 ms over all repeats.
 */
import "reflect-metadata";
import { encodeCursor } from "../src/db/page.js";
import { createClient, createPool, type Pool, quote } from "../src/db/pool.js";
import { liveTableName, snapshotTableName } from "../src/db/tables/derived.js";
import { definitions } from "../src/definitions/index.js";
import { defaultEntityOf, entitySourceOf } from "../src/definitions/language/entities.js";
import { EntityStore } from "../src/features/entity-store.js";
import { FeatureStore } from "../src/features/feature-store.js";
import { PartDifferences } from "../src/features/part-differences.js";
import { diffSnapshots } from "../src/features/snapshot-diff.js";
import { SnapshotStore } from "../src/features/snapshot-store.js";
import { databaseCpuMeter } from "./support/cpu.js";
import { userId } from "./support/delivery.js";
import { conditions, loadAverage, median } from "./support/measure.js";
import { withScratchDatabase } from "./support/scratch-database.js";
import { monthEnds, seedSnapshots } from "./support/snapshots.js";

const [userCounts = [10_000, 100_000, 1_000_000], monthCounts = [3, 12, 36]] = process.argv
  .slice(2, 4)
  .map((list) => list.split(",").map(Number));
const repeats = Number(process.argv[4] ?? 200);
const PAGE = 50;

type Reads = Record<string, (round: number) => Promise<unknown>>;

console.log(`${conditions()}\n\n| users | months | read | ms | PostgreSQL's CPU ms |\n|---|---|---|---|---|`);
for (const users of userCounts)
  await over(users, 2, async (pool, url) => {
    await fillList(url);
    await measure(url, `${users} | 2`, repeats, listOf(pool, users));
    const [older, newer] = monthEnds(2) as [string, string];
    const differences = differencesOf(pool, older, newer);
    await measure(url, `${users} | 2`, 1, differences);
  });
for (const months of monthCounts)
  await over(userCounts[0]!, months, async (pool, url) => {
    await measure(
      url,
      `${userCounts[0]} | ${months}`,
      repeats,
      datedOf(pool, userCounts[0]!, monthEnds(months)),
    );
  });
console.log(`\n${loadAverage()} at the end`);

async function over(
  users: number,
  months: number,
  work: (pool: Pool, url: string) => Promise<void>,
): Promise<void> {
  await withScratchDatabase(async (url) => {
    await seedSnapshots(url, users, monthEnds(months));
    const pool = createPool(url, 1);
    try {
      await work(pool, url);
    } finally {
      await pool.end();
    }
  });
}

/** The live table of the users, as an ingest leaves it. */
async function fillList(url: string): Promise<void> {
  const entity = defaultEntityOf(definitions);
  const source = entitySourceOf(definitions, entity);
  const columns = [entity.key, ...Object.keys(source.columns), "as_of"].map(quote).join(", ");
  const client = createClient(url);
  await client.connect();
  try {
    await client.query(
      `insert into ${quote(liveTableName(source))} (${columns}) select ${columns} from ${quote(snapshotTableName(source.name))}
       where as_of = (select max(as_of) from snapshots)`,
    );
    await client.query(`vacuum (analyze) ${quote(liveTableName(source))}`);
  } finally {
    await client.end();
  }
}

function listOf(pool: Pool, users: number): Reads {
  const entity = defaultEntityOf(definitions);
  const store = new EntityStore(pool, definitions);
  const page = (after: string | null, prefix: string | null = null) =>
    store.list(entity, { first: PAGE, after }, prefix);
  return {
    "first page of users": () => page(null),
    "a page from the middle": (round) => page(encodeCursor([userId((users >> 1) + round)])),
    "a page by a prefix": (round) => page(null, userId((users >> 1) + round).slice(0, 7)),
    "their number": () => store.count(entity),
  };
}

function differencesOf(pool: Pool, older: string, newer: string): Reads {
  const store = new SnapshotStore(pool);
  const from = (date: string) => () =>
    diffSnapshots(new PartDifferences(pool, pool), store, definitions, date, newer);
  return {
    "difference, all rows differ": from(older),
    "the same difference again": from(older),
    "difference, none differs": from(newer),
  };
}

function datedOf(pool: Pool, users: number, dates: readonly string[]): Reads {
  const features = new FeatureStore(pool, definitions);
  const read = (count: number, asOf: string) => (round: number) =>
    features.read(
      Array.from({ length: count }, (_, i) => ({ key: userId((i * 37 + round * 101) % users), asOf })),
    );
  const [oldest, newest] = [dates[0]!, dates.at(-1)!];
  return {
    "one user, newest date": read(1, newest),
    "one user, oldest date": read(1, oldest),
    "100 users, newest date": read(100, newest),
    "100 users, oldest date": read(100, oldest),
  };
}

async function measure(url: string, size: string, times: number, reads: Reads): Promise<void> {
  const cpu = await databaseCpuMeter(url);
  for (const [name, read] of Object.entries(reads)) {
    // Plans are kept from the sixth time on.
    if (times > 1) for (let round = 0; round < 6; round++) await read(round);
    const took: number[] = [];
    const before = cpu();
    for (let round = 0; round < times; round++) {
      const since = performance.now();
      await read(round);
      took.push(performance.now() - since);
    }
    const spent = ((cpu() - before) * 1_000) / times;
    console.log(`| ${size} | ${name} | ${median(took).toFixed(2)} | ${spent.toFixed(2)} |`);
  }
}
