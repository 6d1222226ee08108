/**
 * npm run bench:online -- [users=100000] [rounds=300]: online reads of 1, 100 and 1 000 random users, all views, in turns:
 *   raw     — one prepared statement through `pg`, written by hand, rows as it gives them;
 *   store   — PostgresOnlineStore.read;
 *   service — FeatureStore.read, which GraphQL, REST and predict call: a status, an age and a ttl for every value;
 *   redis   — FeatureStore.read over RedisOnlineStore, where there is a redis-server.
 * CPU is this process's and that of the one PostgreSQL backend, or of Redis, that answers. Ends with an error where a
 * request took more than one query.
 */
import "reflect-metadata";
import { readFileSync } from "node:fs";
import { migrateDatabase } from "../src/db/database.js";
import { createPool, type Pool, quote } from "../src/db/pool.js";
import { onlineTableName } from "../src/db/tables/derived.js";
import { definitions } from "../src/definitions/index.js";
import { FeatureStore } from "../src/features/feature-store.js";
import { PostgresOnlineStore } from "../src/features/online/postgres/postgres-online-store.js";
import { RedisLink } from "../src/features/online/redis/redis-link.js";
import { RedisOnlineStore } from "../src/features/online/redis/redis-online-store.js";
import { hasRedis, startRedis } from "../tests/support/redis.js";
import { pidOfRedis } from "./support/cpu.js";
import { conditions, median } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";

const [users = 100_000, rounds = 300] = process.argv.slice(2).map(Number);
const WARM_UP = 30;

interface Contestant {
  name: string;
  read(userIds: string[]): Promise<unknown[]>;
  /** Of the process that answers. */
  server: number;
}
interface Sample {
  wallMs: number;
  cpuMs: number;
  clientCpuMs: number;
}

const DRAWN: Readonly<Record<string, string>> = {
  int: "i % 50",
  float: "sqrt(i)",
  bool: "i % 3 = 0",
  string: "(array['DSL', 'Fiber optic', 'No'])[i % 3 + 1]",
  date: "date '2024-01-01' + i % 300",
};

async function seed(pool: Pool): Promise<void> {
  for (const view of definitions.views) {
    const values = view.features.map((name) => DRAWN[view.source.columns[name]!.type]!);
    const table = quote(onlineTableName(view));
    await pool.query(
      `insert into ${table} (user_id, as_of, ${view.features.map(quote).join(", ")})
       select lpad(i::text, 8, '0') || '-USER', date '2024-01-31', ${values.join(", ")} from generate_series(0, ${users - 1}) i`,
    );
    await pool.query(`vacuum (analyze) ${table}`);
  }
}

const RAW = `select a.*, b.*, c.*, d.* from unnest($1::text[]) asked(user_id)
  left join subs_profile_online a using (user_id) left join usage_agg_30d_online b using (user_id)
  left join payments_agg_90d_online c using (user_id) left join support_agg_90d_online d using (user_id)`;

const server = await startScratchServer();
const { url } = server;
const redis = hasRedis ? await startRedis() : undefined;
// One connection: its backend is the one whose CPU counts.
const pool = createPool(url, 1);
const filling = createPool(url, 2);
let queries = 0;
const counting = {
  query: (...args: unknown[]) => {
    queries++;
    return (pool.query as (...given: unknown[]) => Promise<unknown>).apply(pool, args);
  },
} as unknown as Pool;
try {
  await migrateDatabase(url, definitions);
  await seed(pool);
  const link = redis && (await RedisLink.open(redis.url));
  const contestants = await prepare(link);
  console.log(`${conditions()}; ${users} users, ${rounds} rounds\n`);
  console.log(
    "| users | read by | wall ms, median | CPU ms, mean | of it the client's | wall / raw | CPU / raw |\n|---|---|---|---|---|---|---|",
  );
  for (const size of [1, 100, 1_000]) print(size, await compare(contestants, size));
  link?.close();
} finally {
  await pool.end();
  await filling.end();
  await redis?.kill();
  await server.stop();
}

async function prepare(link: RedisLink | undefined): Promise<Contestant[]> {
  const filled = link && (await openCopy(link));
  // Only now: a connection that idles while Redis is filled is closed.
  const backend = Number((await pool.query("select pg_backend_pid() as pid")).rows[0].pid);
  const store = new PostgresOnlineStore(counting, definitions);
  const service = new FeatureStore(counting, definitions, undefined, store);
  const asked = (ids: string[]) => ids.map((key) => ({ key }));
  const contestants: Contestant[] = [
    {
      name: "raw",
      read: async (ids) => (await pool.query({ name: "raw", text: RAW, values: [ids] })).rows,
      server: backend,
    },
    { name: "store", read: (ids) => store.read(ids), server: backend },
    { name: "service", read: (ids) => service.read(asked(ids)), server: backend },
  ];
  if (!filled) return contestants;
  const cached = new FeatureStore(counting, definitions, undefined, filled);
  const server = await pidOfRedis(redis!);
  return [...contestants, { name: "redis", read: (ids) => cached.read(asked(ids)), server }];
}

async function openCopy(link: RedisLink): Promise<RedisOnlineStore> {
  const truth = new PostgresOnlineStore(counting, definitions);
  const copy = await RedisOnlineStore.open(filling, definitions, truth, { reads: link, writes: link });
  await copy.fill();
  return copy;
}

/** Rounds of all in turns, each round begun by another: none finds the pages warmed by the same one every time. */
async function compare(contestants: Contestant[], size: number): Promise<Map<string, Sample[]>> {
  const samples = new Map(contestants.map(({ name }): [string, Sample[]] => [name, []]));
  for (let round = -WARM_UP; round < rounds; round++) {
    const ids = Array.from(
      { length: size },
      () => `${String(Math.floor(Math.random() * users)).padStart(8, "0")}-USER`,
    );
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(turn + round + WARM_UP) % contestants.length]!;
      const sample = await measure(contestant, ids);
      if (round >= 0) samples.get(contestant.name)!.push(sample);
    }
  }
  return samples;
}

async function measure({ name, read, server }: Contestant, ids: string[]): Promise<Sample> {
  queries = 0;
  const [startedAt, cpu, serverCpu] = [performance.now(), process.cpuUsage(), cpuMsOf(server)];
  const found = await read(ids);
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const clientCpuMs = (user + system) / 1e3;
  if (found.length !== ids.length) throw new Error(`${name}: ${found.length} rows for ${ids.length} users`);
  if (queries > 1) throw new Error(`${name}: ${queries} queries for one request`);
  return { wallMs, clientCpuMs, cpuMs: clientCpuMs + cpuMsOf(server) - serverCpu };
}

/** Of a process of one thread, to the nanosecond; NaN where there is no /proc. */
function cpuMsOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

function print(size: number, samples: Map<string, Sample[]>): void {
  const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const told = (name: string) => {
    const all = samples.get(name)!;
    return {
      wall: median(all.map(({ wallMs }) => wallMs)),
      cpu: mean(all.map(({ cpuMs }) => cpuMs)),
      client: mean(all.map(({ clientCpuMs }) => clientCpuMs)),
    };
  };
  const raw = told("raw");
  for (const name of samples.keys()) {
    const { wall, cpu, client } = told(name);
    const figures = [wall, cpu, client, wall / raw.wall, cpu / raw.cpu].map((n) => n.toFixed(2));
    console.log(`| ${size} | ${name} | ${figures.join(" | ")} |`);
  }
}
