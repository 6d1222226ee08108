import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  noisyMonth,
  PROMOTE,
  promote,
  STRONG,
  trained,
  WEAK,
} from "../support/months.js";

// Trains three models and waits for a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const FEBRUARY = "2024-02-29";
const [PRODUCTION, SAME_SEED, OTHER_SEED] = [1, 2, 3];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
  await trained(app, { asOf: JANUARY, seed: 1, params: WEAK });
  await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
  await trained(app, { asOf: JANUARY, seed: 2, params: STRONG });
  await promote(app, PRODUCTION);
}, 180_000);
afterAll(() => app?.stop());

const forge = (sql: string) =>
  app.sql(`do $$ begin set local session_replication_role = replica; ${sql}; end $$`);

/** The gate's verdict on a version, by a promotion that a gate of this test's own choosing keeps from happening. */
async function notWorse(version: number): Promise<any> {
  await forge("update runs set validation = null where kind = 'INGEST'");
  const { gates } = (await app.client.error(PROMOTE, { input: { version } })) as any;
  return gates.find(({ name }: any) => name === "not_worse_than_production");
}

describe("a version is compared with Production", () => {
  it("on the users that neither was trained on", async () => {
    const [same, other] = [await notWorse(SAME_SEED), await notWorse(OTHER_SEED)];
    expect(same).toMatchObject({ passed: true, details: { asOf: JANUARY, labelAsOf: JANUARY, rows: 61 } });
    // With another seed most of those that one held out the other has learnt.
    expect(other.details.rows).toBeLessThan(40);
    expect(other.details.rows).toBeGreaterThan(0);
    expect(other.message).toContain(
      `over ${other.details.rows} rows of ${JANUARY} that neither was trained on`,
    );
  });

  it("on the newest month with labels, whatever it was trained on", async () => {
    await ingestMonth(app, FEBRUARY, noisyMonth());
    const { details } = await notWorse(SAME_SEED);
    expect(details).toMatchObject({ asOf: FEBRUARY, labelAsOf: FEBRUARY });
    expect(details.candidate.auc).toBeLessThan(0.8);
  });

  it("not on a month that was made without one of its features", async () => {
    await forge(
      `update snapshot_parts set columns = (select jsonb_agg(c) from jsonb_array_elements(columns) c where c->>'name' <> 'skips_7d')
       where name = 'usage_agg_30d' and snapshot_id = (select id from snapshots where as_of = '${FEBRUARY}')`,
    );
    const { details } = await notWorse(SAME_SEED);
    expect(details.asOf).toBe(JANUARY);
  });

  it("or refused where no month has users of both classes that neither was trained on", async () => {
    await forge("update labels_snapshots set churn_label = true where as_of = '2024-01-31'");
    const gate = await notWorse(SAME_SEED);
    expect(gate).toMatchObject({ passed: false });
    expect(gate.message).toBe(
      `it cannot be compared with Production version ${PRODUCTION}: no labelled snapshot has users of both classes that neither was trained on`,
    );
  });
});
