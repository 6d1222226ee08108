import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../src/db/pool.js";
import { createStores } from "../../src/jobs/stores.js";
import { findDriftHistory } from "../../src/monitoring/drift-history.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing } from "../support/deployment/testing.js";
import { ingestMonth, learnableMonth, movedMonth, promote, STRONG, trained } from "../support/months.js";

const [DECEMBER, JANUARY, FEBRUARY, MARCH] = ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"];
const HISTORY = `query($model: String!, $first: Int) { driftHistory(model: $model, first: $first) {
  asOf against feature psi drifted pending } }`;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
});
afterAll(() => app?.stop());

const history = async (first = 12) =>
  (await app.client.query(HISTORY, { model: "churn", first })).driftHistory as any[];

/** By feature, as a DRIFT run between the two dates reports it. */
async function reported(from: string, to: string) {
  const { detectDrift } = await app.client.query(
    "mutation($input: DriftInput!) { detectDrift(input: $input) { id } }",
    { input: { from, to } },
  );
  const run = await app.client.finished(detectDrift.id);
  const { url } = run.artifacts.find(({ name }) => name === "drift.json")!;
  const { features } = (await (await fetch(new URL(url, app.client.address))).json()) as { features: any[] };
  return features.map(({ name, psi, drifted }) => ({ feature: name, psi, drifted }));
}

describe("driftHistory", () => {
  it("is null as long as nothing is in Production", async () => {
    expect(await history()).toBeNull();
  });

  it("agrees with the reports of DRIFT runs number for number, oldest date first", async () => {
    const { modelVersion } = await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
    await promote(app, modelVersion!.version);
    await ingestMonth(app, FEBRUARY, learnableMonth(), "february");
    await ingestMonth(app, MARCH, movedMonth(), "march");
    const points = await history();
    expect([...new Set(points.map(({ asOf }) => asOf))]).toEqual([JANUARY, FEBRUARY, MARCH]);
    expect(points.every(({ against, pending }) => against === JANUARY && !pending)).toBe(true);
    for (const date of [JANUARY, FEBRUARY, MARCH]) {
      const of = points.filter(({ asOf }) => asOf === date);
      expect(of).toHaveLength(14);
      expect(of.map(({ feature, psi, drifted }) => ({ feature, psi, drifted }))).toEqual(
        await reported(JANUARY, date),
      );
    }
    const drifted = points.filter((point) => point.drifted).map(({ asOf, feature }) => `${asOf} ${feature}`);
    expect(drifted).toEqual([`${MARCH} monthly_fee`, `${MARCH} net_service`]);
  });

  it("is stored by part: an unchanged part is not compared again, and a second ask compares nothing", async () => {
    const comparisons = () => app.sql("select * from drift_comparisons order by 1, 2, 3, 4, 5");
    const before = await comparisons();
    // The fourteen features and the label, of three dates.
    expect(before).toHaveLength(45);
    await history();
    expect(await comparisons()).toEqual(before);
    const files = movedMonth();
    files.payments_agg_90d = files.payments_agg_90d!.map((line, i) =>
      i === 1 ? line.replace(/\d+$/, "9") : line,
    );
    await ingestMonth(app, MARCH, files, "correction");
    await history();
    // Payments have one feature; the other parts are carried on.
    expect(await comparisons()).toHaveLength(46);
  });

  it("is of the newest dates asked for, which may be before the training", async () => {
    await ingestMonth(app, DECEMBER, learnableMonth(), "december");
    const dates = async (first: number) => [...new Set((await history(first)).map(({ asOf }) => asOf))];
    expect(await dates(2)).toEqual([FEBRUARY, MARCH]);
    expect(await dates(100)).toEqual([DECEMBER, JANUARY, FEBRUARY, MARCH]);
  });

  it("knows nothing of a feature that a date was made without, and stays where rows were dropped", async () => {
    await app.sql(
      `begin; set local session_replication_role = replica;
       update snapshot_parts set columns = (select jsonb_agg(c) from jsonb_array_elements(columns) c where c->>'name' <> 'skips_7d')
       where name = 'usage_agg_30d' and event_date = '${FEBRUARY}'; commit`,
    );
    const skips = (await history()).filter(({ feature }) => feature === "skips_7d");
    expect(skips.map(({ asOf, psi, drifted }) => [asOf, psi, drifted])).toEqual([
      [DECEMBER, 0, false],
      [JANUARY, 0, false],
      [FEBRUARY, null, false],
      [MARCH, 0, false],
    ]);
    const before = await history();
    await app.client.query(`mutation { applyRetention(until: "${JANUARY}", dryRun: false) { limit } }`);
    expect(await history()).toEqual(before);
    await app.sql(
      `delete from drift_comparisons where after_owner_id = (select id from snapshots where as_of = '${DECEMBER}')`,
    );
    const december = (await history()).filter(({ asOf }) => asOf === DECEMBER);
    expect(december).toHaveLength(14);
    expect(december.every(({ psi, drifted, pending }) => psi === null && !drifted && !pending)).toBe(true);
  });

  it("is pending where there was no time to compare, and goes on when it is asked again", async () => {
    await app.sql("delete from drift_comparisons where part = 'support_agg_90d'");
    const pool = createPool(app.url, 2);
    const stores = createStores(pool);
    const asked = (budgetMs: number) => findDriftHistory(pool, stores, testing, "churn", 2, budgetMs);
    const late = (await asked(-1))!;
    expect(late).toHaveLength(28);
    expect(late.every(({ psi, drifted, pending }) => psi === null && !drifted && pending)).toBe(true);
    expect((await asked(60_000))!.filter(({ pending }) => pending)).toEqual([]);
    // What is stored needs no time.
    expect((await asked(-1))!.filter(({ pending }) => pending)).toEqual([]);
    await pool.end();
  });

  it.each([
    [{ model: "fraud", first: 12 }, "MODEL_NOT_FOUND", /fraud/],
    [{ model: "churn", first: 0 }, "BAD_USER_INPUT", /first: 1 to 100 dates were expected; got 0/],
    [{ model: "churn", first: 101 }, "BAD_USER_INPUT", /got 101/],
  ])("is refused of %j", async (variables, code, message) => {
    const error = await app.client.error(HISTORY, variables);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
