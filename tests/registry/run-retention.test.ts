import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { ingestMonth, learnableMonth, STRONG, trained, USERS } from "../support/months.js";
import { type Tracker, tracker } from "../support/tracker.js";
import { until } from "../support/until.js";

const ASK = `mutation($keepDays: Int!, $kinds: [RunKind!], $dryRun: Boolean! = true) {
  applyRunRetention(keepDays: $keepDays, kinds: $kinds, dryRun: $dryRun) {
    dryRun before runIds artifacts bytesFreed more kept { reason runs } } }`;

let app: TestApp;
let client: Tracker;
const old: Record<string, string> = {};
const ask = async (variables: Record<string, unknown>) =>
  (await app.client.query(ASK, variables)).applyRunRetention;
const ids = async () => (await app.sql<{ id: string }>("select id from runs")).map(({ id }) => id);
const age = (days: number, where: string) =>
  app.sql(`update runs set finished_at = clock_timestamp() - make_interval(days => ${days}) where ${where}`);

async function ended(name: string, input: Record<string, unknown> = {}): Promise<string> {
  const { id } = await client.create(input);
  await client.artifact(id, "own", `of ${name}`);
  await client.artifact(id, "shared", "in all of them");
  await client.finish(id);
  return id;
}

beforeAll(async () => {
  app = await startTestApp();
  client = tracker(app);
  await ingestMonth(app, "2023-12-31", learnableMonth());
  await trained(app, { asOf: "2023-12-31", params: STRONG });
  for (const name of ["first", "second", "parent", "recent"]) old[name] = await ended(name);
  old.child = await ended("child");
  await app.sql("update runs set parent_run_id = $1 where id = $2", [old.parent, old.child]);
  old.running = (await client.create()).id;
  await age(40, `id <> '${old.recent}' and status not in ('QUEUED', 'RUNNING')`);
});
afterAll(() => app?.stop());

test("says first what would go, what stays and why, and changes nothing", async () => {
  const before = await ids();
  const report = await ask({ keepDays: 30 });
  expect(report).toMatchObject({
    dryRun: true,
    artifacts: 8,
    // The bytes that the recent run has, too, stay.
    bytesFreed: ["first", "second", "parent", "child"].reduce((sum, name) => sum + `of ${name}`.length, 0),
    more: false,
  });
  expect(report.runIds.sort()).toEqual([old.first, old.second, old.parent, old.child].sort());
  expect(report.kept).toEqual(
    expect.arrayContaining([
      { reason: "a model version was made from it", runs: 1 },
      { reason: "a snapshot is its", runs: 1 },
    ]),
  );
  expect(Math.abs(Date.parse(report.before) - (Date.now() - 30 * 86_400_000))).toBeLessThan(60_000);
  expect(await ids()).toEqual(before);
});

test("a run that started another stays as long as that one", async () => {
  await age(1, `id = '${old.child}'`);
  const { runIds, kept } = await ask({ keepDays: 30, kinds: ["EXTERNAL"] });
  expect(runIds.sort()).toEqual([old.first, old.second].sort());
  expect(kept).toEqual([{ reason: "another run was started by it, and stays", runs: 1 }]);
  await age(40, `id = '${old.child}'`);
});

test("the record of an erasure is kept", async () => {
  const { eraseUser } = await app.client.query(
    `mutation { eraseUser(userId: "${USERS[5]}", reason: "they asked for it") { id } }`,
  );
  await until("it is erased", async () => {
    const { run } = await app.client.query(`{ run(id: "${eraseUser.id}") { status } }`);
    return run.status === "SUCCEEDED";
  });
  await age(40, `id = '${eraseUser.id}'`);
  const { kept } = await ask({ keepDays: 30, kinds: ["ERASE"] });
  expect(kept).toEqual([{ reason: "it is the record of an erasure", runs: 1 }]);
});

test("deletes what it said, with its bytes, and again finds nothing", async () => {
  const said = await ask({ keepDays: 30 });
  const { dryRun, ...done } = await ask({ keepDays: 30, dryRun: false });
  expect(dryRun).toBe(false);
  expect([done.runIds, done.artifacts, done.bytesFreed]).toEqual([
    said.runIds,
    said.artifacts,
    said.bytesFreed,
  ]);
  const left = await ids();
  for (const name of ["first", "second", "parent", "child"]) expect(left).not.toContain(old[name]);
  for (const name of ["recent", "running"]) expect(left).toContain(old[name]);
  expect(await ask({ keepDays: 30, dryRun: false })).toMatchObject({
    runIds: [],
    artifacts: 0,
    bytesFreed: 0,
  });
});

test("what stays for ever is not in the way of what goes", async () => {
  // More old ingests that stay than a call looks at, all older than the one that goes.
  await app.sql(
    `with ingest as (
       insert into runs (id, kind, status, params, actor, created_at, finished_at)
       select gen_random_uuid(), 'INGEST', 'SUCCEEDED', '{}', 'bulk', clock_timestamp() - interval '900 days', clock_timestamp() - interval '900 days'
       from generate_series(1, 1500) returning id
     )
     insert into online_views (view, run_id, materialized_at, row_count)
     select 'bulk_' || row_number() over (), id, clock_timestamp(), 0 from ingest`,
  );
  await app.sql(
    `insert into runs (id, kind, status, params, actor, created_at, finished_at)
     values (gen_random_uuid(), 'MATERIALIZE', 'SUCCEEDED', '{}', 'bulk', clock_timestamp() - interval '800 days', clock_timestamp() - interval '800 days')`,
  );
  const report = await ask({ keepDays: 700, dryRun: false });
  expect([report.runIds.length, report.more]).toEqual([1, false]);
  expect(report.kept).toEqual([{ reason: "online values are its", runs: 1_500 }]);
});

test("looks at a thousand at a time, and says that there are more", async () => {
  await app.sql(
    `insert into runs (id, kind, status, params, actor, created_at, finished_at)
     select gen_random_uuid(), 'MATERIALIZE', 'SUCCEEDED', '{}', 'bulk', clock_timestamp() - interval '90 days' + n * interval '1 second', clock_timestamp() - interval '90 days' + n * interval '2 seconds'
     from generate_series(1, 1001) n`,
  );
  const first = await ask({ keepDays: 60, dryRun: false });
  expect([first.runIds.length, first.more]).toEqual([1_000, true]);
  const second = await ask({ keepDays: 60, dryRun: false });
  expect([second.runIds.length, second.more]).toEqual([1, false]);
});

test.each([0, -1, 40_000])("of %i days is refused", async (keepDays) => {
  expect(await app.client.error(ASK, { keepDays, dryRun: false })).toMatchObject({
    code: "BAD_USER_INPUT",
    message: `keepDays: 1 to 36500 was expected; got ${keepDays}`,
  });
});
