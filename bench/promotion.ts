/**
 * npm run bench:promotion -- [users=100000] [rounds=3]: how long a promotion to Production takes and how much of that it
 * holds the model's lock, with so many labelled users; a quarter of them are held out and scored by both versions. A session
 * of its own watches the lock in PostgreSQL, five thousand times a second.
 */
import "reflect-metadata";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { createClient } from "../src/db/pool.js";
import { definitions } from "../src/definitions/index.js";
import { startAsof } from "../src/process/app.js";
import type { Services } from "../src/services/services.js";
import { testConfig } from "../tests/support/config.js";
import { writeMonth } from "./support/delivery.js";
import { hardware, median } from "./support/measure.js";
import { withScratchDatabase } from "./support/scratch-database.js";

const users = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 3);
const asOf = "2024-01-31";
const model = definitions.services[0]!.name;
const actor = "bench";

/** Looks until the lock (7, 7) is let go. */
const HELD_SECONDS = `
  create function pg_temp.held_seconds(model text) returns float8 language plpgsql as $$
  declare
    key bigint := hashtextextended('asof_promotion ' || model, 0);
    held float8 := 0;
    since timestamptz;
  begin
    loop
      if exists (select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 1
                 and (classid::bigint << 32) | objid::bigint = key) then
        since := coalesce(since, clock_timestamp());
      elsif since is not null then
        held := held + extract(epoch from clock_timestamp() - since);
        since := null;
      end if;
      exit when since is null and not exists (
        select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 2 and classid = 7 and objid = 7);
      perform pg_sleep(0.0002);
    end loop;
    return held;
  end $$`;

const dataDir = mkdtempSync(join(tmpdir(), "asof-bench-data-"));
await withScratchDatabase(async (databaseUrl) => {
  const config = testConfig({ databaseUrl, home: dataDir, dataDir });
  const asof = await startAsof(config, definitions, pino({ level: "silent" }));
  try {
    await prepare(asof.services);
    const samples: { seconds: number; heldSeconds: number }[] = [];
    for (let round = 0; round < rounds; round++)
      samples.push(await promoted(asof.services, databaseUrl, 1 + (round % 2)));
    const of = (part: "seconds" | "heldSeconds") => median(samples.map((sample) => sample[part]));
    console.log(hardware());
    console.log(`${users} labelled users, ${rounds} promotions, medians:`);
    console.log(
      `a promotion takes ${of("seconds").toFixed(2)} s and holds the model's lock for ${(of("heldSeconds") * 1000).toFixed(1)} ms`,
    );
  } finally {
    await asof.close();
  }
}).finally(() => rmSync(dataDir, { recursive: true, force: true }));

/** One month, two versions, the second in Production: each promotion has something to be compared with. */
async function prepare(services: Services): Promise<void> {
  await writeMonth(dataDir, "january", users, 0);
  const { jobs, models } = services;
  await ended(services, (await jobs.start("INGEST", { source: "january", asOf }, actor)).id);
  for (const seed of [1, 2]) {
    const request = { asOf, model, algorithm: "LOGISTIC_REGRESSION" as const, seed, testFraction: 0.25 };
    await ended(services, (await jobs.start("TRAIN", { ...request }, actor)).id);
  }
  await models.promote({ model, version: 2, stage: "PRODUCTION", force: true, reason: "bench", actor });
}

async function ended(services: Services, id: string): Promise<void> {
  for (;;) {
    const [run] = await services.runs.findByIds([id]);
    if (run?.status === "SUCCEEDED") return;
    if (run?.error) throw new Error(`${run.kind}: ${run.error.message}`);
    await delay(100);
  }
}

async function promoted({ models }: Services, url: string, version: number) {
  const end = await watch(url);
  const startedAt = performance.now();
  await models.promote({ model, version, stage: "PRODUCTION", force: true, reason: "bench", actor });
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, heldSeconds: await end() };
}

/** Starts to add up how long somebody holds the model's lock; returns what ends it and tells the sum. */
async function watch(url: string): Promise<() => Promise<number>> {
  const [watcher, teller] = [createClient(url), createClient(url)];
  await Promise.all([watcher.connect(), teller.connect()]);
  await watcher.query(HELD_SECONDS);
  await teller.query("select pg_advisory_lock(7, 7)");
  const held = watcher.query<{ held: number }>("select pg_temp.held_seconds($1) as held", [model]);
  await delay(200);
  return async () => {
    await teller.query("select pg_advisory_unlock(7, 7)");
    const { rows } = await held;
    await Promise.all([watcher.end(), teller.end()]);
    return rows[0]!.held;
  };
}
