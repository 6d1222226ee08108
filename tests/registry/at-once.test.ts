import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createPool, type Pool, withTransaction } from "../../src/db/pool.js";
import { AsofError } from "../../src/errors/errors.js";
import type { Stage } from "../../src/registry/model.js";
import { ModelStore } from "../../src/registry/model-store.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { ingestMonth, JANUARY, learnableMonth, STRONG, trained, WEAK } from "../support/months.js";

/**
 * Any two changes of one model at once end as one of the two would after the other: stages, aliases, notes, numbers and
 * the history, and what each was answered.
 */
vi.setConfig({ testTimeout: 400_000 });

/** Pairs tried; more by `PAIRS=500 npx vitest run tests/registry/at-once.test.ts`. */
const PAIRS = Number(process.env.PAIRS ?? 40);
const VERSIONS = 4;
/** Versions that are registered by a change. */
const WAITING = 2;

let app: TestApp;
let pool: Pool;
const waitingRuns = Array.from({ length: WAITING }, () => randomUUID());
beforeAll(async () => {
  app = await startTestApp();
  pool = createPool(app.url, 4);
  await ingestMonth(app, JANUARY, learnableMonth());
  await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
  await trained(app, { asOf: JANUARY, seed: 1, params: WEAK });
  for (let version = 3; version <= VERSIONS; version++) await copyOf(version - 2, version);
  for (const run of waitingRuns) await copyRun(1, run);
  await app.sql("create table saved_versions as select * from model_versions");
}, 240_000);
afterAll(async () => {
  await pool?.end();
  await app?.stop();
});

async function copyRun(version: number, run: string): Promise<void> {
  await app.sql(
    `insert into runs (id, kind, status, params, actor, started_at, finished_at, result, snapshot_id)
     select $1, kind, status, params, actor, started_at, finished_at, result, snapshot_id from runs
     where id = (select run_id from model_versions where version = $2)`,
    [run, version],
  );
  await app.sql(
    `insert into run_metrics (run_id, name, step, value) select $1, name, step, value from run_metrics
     where run_id = (select run_id from model_versions where version = $2)`,
    [run, version],
  );
}

async function copyOf(version: number, as: number): Promise<void> {
  const run = randomUUID();
  await copyRun(version, run);
  await app.sql(
    `insert into model_versions (model, version, algorithm, sha256, bytes, run_id, snapshot_id, label_snapshot_id, signature, threshold)
     select model, $2, algorithm, sha256, bytes, $1, snapshot_id, label_snapshot_id, signature, threshold
     from model_versions where version = $3`,
    [run, as, version],
  );
}

/** What a pair begins from. */
interface Start {
  stages: Stage[];
  /** Who was in Production, oldest first; the last one is it, or was it last. */
  holders: number[];
  aliases: Record<string, number>;
}

/** Behind the triggers that keep the history. */
async function restore({ stages, holders, aliases }: Start): Promise<void> {
  const history = holders.flatMap((version, i) => [
    ...(i > 0 ? [`('churn', ${holders[i - 1]}, 'PRODUCTION', 'ARCHIVED', 'before', now())`] : []),
    `('churn', ${version}, 'NONE', 'PRODUCTION', 'before', now())`,
  ]);
  await app.sql(`do $$ begin
    set local session_replication_role = replica;
    delete from stage_transitions; delete from model_aliases; delete from model_versions;
    insert into model_versions overriding system value select * from saved_versions;
    ${stages.map((stage, i) => `update model_versions set stage = '${stage}' where version = ${i + 1};`).join("\n")}
    update models set last_version = ${VERSIONS}, description = null, described_by = null, tags = '{}';
    ${history.length > 0 ? `insert into stage_transitions (model, version, from_stage, to_stage, actor, at) values ${history.join(", ")};` : ""}
    ${Object.entries(aliases)
      .map(
        ([name, version]) =>
          `insert into model_aliases (model, alias, version, actor) values ('churn', '${name}', ${version}, 'before');`,
      )
      .join("\n")}
  end $$`);
}

async function everything(): Promise<unknown> {
  const [models, versions, aliases, history] = await Promise.all([
    app.sql("select name, description, described_by, tags, last_version from models"),
    app.sql("select version, stage, run_id, description, tags from model_versions order by version"),
    app.sql("select alias, version, actor from model_aliases order by alias"),
    app.sql(
      "select version, from_stage, to_stage, actor, reason, forced, gates from stage_transitions order by id",
    ),
  ]);
  return { models, versions, aliases, history };
}

type Operation = { name: string; run(): Promise<unknown> };

/** mulberry32: the same pairs each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function drawStart(next: () => number): Start {
  const pick = (length: number) => Math.floor(next() * length);
  const stages = Array.from({ length: VERSIONS }, (): Stage => (next() < 0.5 ? "NONE" : "ARCHIVED"));
  const holders = Array.from({ length: pick(4) }, (_, i) => ((pick(VERSIONS) + i) % VERSIONS) + 1).filter(
    (version, i, all) => version !== all[i - 1],
  );
  for (const version of holders) stages[version - 1] = "ARCHIVED";
  if (holders.length > 0 && next() < 0.8) stages[holders.at(-1)! - 1] = "PRODUCTION";
  const staged = pick(VERSIONS);
  if (next() < 0.5 && stages[staged] !== "PRODUCTION") stages[staged] = "STAGING";
  return { stages, holders, aliases: next() < 0.5 ? { best: pick(VERSIONS) + 1 } : {} };
}

function drawOperation(next: () => number, actor: string): Operation {
  const { models, catalogue } = app.asof.services;
  const version = 1 + Math.floor(next() * VERSIONS);
  const stage = (["NONE", "STAGING", "PRODUCTION", "PRODUCTION", "PRODUCTION", "ARCHIVED"] as const)[
    Math.floor(next() * 6)
  ]!;
  const force = next() < 0.7;
  const alias = next() < 0.7 ? "best" : "other";
  const run = waitingRuns[Math.floor(next() * WAITING)]!;
  const drawn: Operation[] = [
    {
      name: `promote ${version} to ${stage}${force ? " by force" : ""}`,
      run: () => models.promote({ model: "churn", version, stage, force, reason: `by ${actor}`, actor }),
    },
    { name: "rollback", run: () => models.rollback("churn", `by ${actor}`, actor) },
    { name: `alias ${alias} ${version}`, run: () => catalogue.setAlias("churn", alias, version, actor) },
    { name: `no alias ${alias}`, run: () => catalogue.removeAlias("churn", alias, actor) },
    { name: `delete ${version}`, run: () => catalogue.deleteVersion("churn", version, actor) },
    {
      name: `annotate ${version}`,
      run: () =>
        catalogue.annotate({ model: "churn", version, description: actor, tags: { by: actor } }, actor),
    },
    {
      name: "annotate",
      run: () =>
        catalogue.annotate({ model: "churn", description: actor, tags: { [actor]: "1", by: actor } }, actor),
    },
    { name: `register ${run.slice(0, 4)}`, run: () => registerRun(run) },
  ];
  // Moves are what most can go wrong with.
  return drawn[next() < 0.5 ? 0 : Math.floor(next() * drawn.length)]!;
}

async function registerRun(runId: string): Promise<unknown> {
  const [like] = await app.sql("select * from saved_versions where version = 1");
  return withTransaction(pool, (tx) =>
    new ModelStore(tx).register({
      ...{ model: "churn", algorithm: like!.algorithm, sha256: like!.sha256, bytes: like!.bytes, runId },
      ...{ snapshotId: like!.snapshot_id, trainedSnapshots: null, labelSnapshotId: like!.label_snapshot_id },
      ...{ signature: like!.signature, threshold: like!.threshold },
    }),
  );
}

/** The version's number and stage, or the code it was refused with; ids and instants aside. */
async function outcome({ run }: Operation): Promise<unknown> {
  try {
    const { version, stage } = (await run()) as { version?: number; stage?: string };
    return { version, stage };
  } catch (error) {
    if (error instanceof AsofError) return error.code;
    throw error;
  }
}

it(`${PAIRS} random pairs of changes of one model at once end as one of the two orders would`, async () => {
  const next = random(Number(process.env.SEED ?? 7));
  let ordersDiffer = 0;
  for (let pair = 0; pair < PAIRS; pair++) {
    const start = drawStart(next);
    const [first, second] = [drawOperation(next, "one"), drawOperation(next, "two")];
    const apart = next() * 30;
    const serial = [];
    for (const [a, b] of [
      [first, second],
      [second, first],
    ] as const) {
      await restore(start);
      const answers = new Map<Operation, unknown>();
      for (const operation of [a, b]) answers.set(operation, await outcome(operation));
      serial.push({ answers: [answers.get(first), answers.get(second)], state: await everything() });
    }
    if (JSON.stringify(serial[0]) !== JSON.stringify(serial[1])) ordersDiffer++;
    await restore(start);
    const answers = await Promise.all([outcome(first), delay(apart).then(() => outcome(second))]);
    const found = { answers, state: await everything() };
    const what = `pair ${pair}: ${first.name} | ${second.name}, from ${JSON.stringify(start)}`;
    expect(
      serial.map((each) => JSON.stringify(each)),
      what,
    ).toContain(JSON.stringify(found));
  }
  // Else nothing would have been tried.
  expect(ordersDiffer).toBeGreaterThan(PAIRS / 5);
});
