/**
 * npm run bench:audit -- [calls=400] [rounds=7]: what the audit log costs a mutation. Two servers in one process over one
 * PostgreSQL, in turns: with the log as it is, and with one that keeps nothing. One caller at a time, then sixteen at once.
 */
import "reflect-metadata";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { createPool, quote } from "../src/db/pool.js";
import { liveTableName, snapshotTableName } from "../src/db/tables/derived.js";
import { definitions } from "../src/definitions/index.js";
import { keyOf } from "../src/definitions/language/entities.js";
import { buildHttpApp } from "../src/http/app.js";
import { facades } from "../src/interop/registry.js";
import { startAsof } from "../src/process/app.js";
import { testConfig } from "../tests/support/config.js";
import { cpuMeter } from "./support/cpu.js";
import { conditions } from "./support/measure.js";
import { onServer, withScratchDatabase } from "./support/scratch-database.js";
import { monthEnds, seedSnapshots } from "./support/snapshots.js";
import { type Contestant, compareInTurns, TURNS_HEAD } from "./support/turns.js";

const [calls = 400, rounds = 7] = process.argv.slice(2).map(Number);

interface Side extends Contestant {
  address: string;
}

await withScratchDatabase(async (url) => {
  const logger = pino({ level: "silent" });
  const asof = await startAsof(testConfig({ databaseUrl: url, role: "api" }), definitions, logger);
  const without = await buildHttpApp(
    { ...asof.services, audit: { ...asof.services.audit, append: async () => "1" } },
    { logger, facades },
  );
  const pool = createPool(url, 1);
  try {
    await measure(url, asof.address, without);
    await size(pool);
  } finally {
    await without.close();
    await pool.end();
    await asof.close();
  }
});

async function measure(url: string, address: string, without: FastifyInstance): Promise<void> {
  const allCpu = await cpuMeter(url);
  const cpu = () => allCpu() ?? Number.NaN;
  const sides: Side[] = [
    { name: "without", cpu, address: await without.listen({ host: "127.0.0.1", port: 0 }) },
    { name: "with the audit log", cpu, address },
  ];
  const users = await knownUsers(url);
  const run = crypto.randomUUID();
  await mutate(address, `createRun(input: { id: "${run}" }) { id }`);
  console.log(`# The audit log: what a mutation takes with and without it\n`);
  console.log(
    `${conditions()}; \`npm run bench:audit -- ${calls} ${rounds}\`; CPU is of all: client, asof, PostgreSQL.\n`,
  );
  console.log(TURNS_HEAD);
  for (const callers of [1, 16]) {
    const turns = { rounds, calls, callers, warmUp: 50 };
    const of = `, ${callers} at once`;
    await compareInTurns(`logMetrics, 1 point${of}`, sides, turns, (side, call) =>
      mutate(
        side.address,
        `logMetrics(runId: "${run}", metrics: [{ name: "loss", value: ${Math.abs(call)}, step: ${Math.abs(call)} }]) { id }`,
      ),
    );
    await compareInTurns(`createRun${of}`, sides, turns, (side) =>
      mutate(side.address, "createRun(input: {}) { id }"),
    );
    await compareInTurns(`push, 1 row${of}`, sides, turns, (side, call) =>
      mutate(
        side.address,
        `push(input: { view: "support_agg_90d", rows: [{ userId: "${users[Math.abs(call) % users.length]}", asOf: "2024-02-10", values: { support_tickets_90d: 7 } }] }) { accepted }`,
      ),
    );
  }
}

/** A push is of users that an extract had. */
async function knownUsers(url: string): Promise<string[]> {
  await seedSnapshots(url, 100, monthEnds(1));
  const users = definitions.sources.find(({ name }) => name === "users")!;
  const key = keyOf(definitions, users);
  const columns = [key, ...Object.keys(users.columns), "as_of"].map(quote).join(", ");
  await onServer(
    url,
    `insert into ${quote(liveTableName(users))} (${columns}) select ${columns} from ${quote(snapshotTableName("users"))}`,
  );
  const pool = createPool(url, 1);
  const { rows } = await pool.query<{ key: string }>(
    `select ${quote(key)} as key from ${quote(liveTableName(users))}`,
  );
  await pool.end();
  return rows.map((row) => row.key);
}

async function mutate(address: string, field: string): Promise<void> {
  const response = await fetch(`${address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: `mutation { ${field} }` }),
  });
  const { errors } = (await response.json()) as { errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
}

async function size(pool: ReturnType<typeof createPool>): Promise<void> {
  const { rows } = await pool.query(
    "select pg_total_relation_size('audit_log')::int as bytes, count(*)::int as entries from audit_log",
  );
  const { bytes, entries } = rows[0];
  console.log(`\n${entries} entries take ${Math.round(bytes / entries)} bytes each, indexes included.`);
}
