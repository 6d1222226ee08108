import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../src/db/pool.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { ingestMonth, learnableMonth } from "../support/months.js";
import { until } from "../support/until.js";

const [NOV, DEC, MISTYPED] = ["2023-11-30", "2023-12-31", "2024-06-30"];
const APPLY = `mutation($keepDays: Int, $keepWeeks: Int, $keepMonths: Int, $dryRun: Boolean! = true) {
  applyRetention(keepDays: $keepDays, keepWeeks: $keepWeeks, keepMonths: $keepMonths, dryRun: $dryRun) {
    limit dates { asOf outcome reason } } }`;

let app: TestApp;
const apply = async (more: Record<string, unknown>) => {
  const { limit, dates } = (await app.client.query(APPLY, more)).applyRetention;
  return {
    limit,
    dates: dates.map(({ asOf, outcome, reason }: any) => `${asOf} ${outcome}: ${reason}`),
  };
};
const withdraw = async (asOf: string) => {
  const { run } = await app.client.query(
    `mutation { run: withdrawSnapshot(asOf: "${asOf}", reason: "mistyped") { id } }`,
  );
  expect((await app.client.finished(run.id)).error).toBeNull();
};

beforeAll(async () => {
  app = await startTestApp();
  for (const asOf of [NOV, DEC, MISTYPED]) await ingestMonth(app, asOf!, learnableMonth());
});
afterAll(() => app?.stop());

describe("a mistyped date", () => {
  it("lets no other go once it is withdrawn, though that comes after the limit was read", async () => {
    const session = createClient(app.url);
    await session.connect();
    await session.query("begin; select pg_advisory_xact_lock(hashtextextended('asof_publish', 0))");
    const applied = apply({ keepMonths: 2, dryRun: false });
    await until("it waits", async () => {
      const { rows } = await session.query(
        `select 1 from pg_locks where locktype = 'advisory' and not granted
           and database = (select oid from pg_database where datname = current_database())`,
      );
      return rows.length > 0;
    });
    await session.query(
      "insert into snapshot_withdrawals (snapshot_id, run_id, actor, reason) select id, run_id, 'a test', 'mistyped' from snapshots where as_of = $1",
      [MISTYPED],
    );
    await session.query("commit");
    await session.end();
    expect(await applied).toEqual({
      limit: "2024-05-01",
      dates: [
        ...[NOV, DEC].map((asOf) => `${asOf} KEPT: not before 2023-11-01`),
        `${MISTYPED} KEPT: not before 2024-05-01`,
      ],
    });
  });

  it.each([
    [{ keepMonths: 2 }, "2023-11-01", ["KEPT: not before 2023-11-01", "KEPT: not before 2023-11-01"]],
    [{ keepDays: 1, keepMonths: 2 }, DEC, ["KEPT: the newest of its month", `KEPT: not before ${DEC}`]],
    [{ keepWeeks: 1 }, DEC, ["WOULD_DROP: before the limit", `KEPT: not before ${DEC}`]],
  ])("is not what %j is counted back from once it is withdrawn", async (policy, limit, before) => {
    expect(await apply(policy)).toEqual({
      limit,
      dates: [
        ...[NOV, DEC].map((asOf, place) => `${asOf} ${before[place]}`),
        `${MISTYPED} KEPT: not before ${limit}`,
      ],
    });
  });

  it("lets none go where nothing is left that holds", async () => {
    for (const asOf of [DEC, NOV]) await withdraw(asOf!);
    expect(await apply({ keepDays: 1, dryRun: false })).toEqual({
      limit: null,
      dates: [NOV, DEC, MISTYPED].map((asOf) => `${asOf} KEPT: no snapshot holds`),
    });
  });
});
