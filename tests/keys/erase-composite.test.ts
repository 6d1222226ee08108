import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bigint, string } from "../../src/definitions/language/column.js";
import type { TestApp } from "../support/app.js";
import { writeDelivery } from "../support/delivery.js";
import { JANUARY, keyed, keyedDelivery, type Parts, startKeyed } from "../support/keyed.js";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.js";
import { redisDump, tracesIn } from "../support/traces.js";
import { until } from "../support/until.js";

const COLUMNS = ["bank", "account_no"];
const ledger = keyed("ledger", { bank: string(), account_no: bigint() });
const VICTIM: Parts = ["VICTIM BANK/9", "777123456789"];
const TEXT = "VICTIM%20BANK%2F9:777123456789";
/** Shares a part with the person, and is somebody else. */
const NEIGHBOUR: Parts = ["VICTIM BANK/9", "5"];
const KEYS: Parts[] = [
  ...Array.from({ length: 110 }, (_, i): Parts => ["bank", String(i * 3)]),
  NEIGHBOUR,
  VICTIM,
];
const key = { bank: VICTIM[0], accountNo: VICTIM[1] };
const TRACES = [TEXT, "777123456789", "Quuxborough", "8888.25", "-5551.75", "6543.125"];

describe("a person with a key of several columns who is erased", () => {
  let app: TestApp;
  let redis: TestRedis | null = null;
  const monthWith = (balances: readonly string[]) => {
    const files = keyedDelivery(COLUMNS, KEYS);
    files.balances = files.balances!.filter((line) => !line.includes(VICTIM[1]!)).concat(balances);
    return files;
  };
  const runOf = async (mutation: string, variables: Record<string, unknown> = {}) => {
    const { run } = await app.client.query(mutation, variables);
    const ended = await app.client.finished(run.id);
    expect(ended.error).toBeNull();
    return ended;
  };

  beforeAll(async () => {
    redis = hasRedis ? await startRedis() : null;
    app = await startKeyed(ledger, COLUMNS, KEYS, redis ? { redisUrl: redis.url } : {});
    // A whole row in quarantine; two that are too short, the key once as other programs write numbers.
    for (const [asOf, ...lines] of [
      ["2024-02-29", "VICTIM BANK/9,777123456789,-5551.75,Quuxborough"],
      ["2024-03-31", "VICTIM BANK/9,777123456789,6543.125", "VICTIM BANK/9,5,4.25"],
      ["2024-04-30", "VICTIM BANK/9,+000777123456789,6543.125"],
    ] as const) {
      writeDelivery(app.dataDir, asOf, monthWith(lines));
      expect((await app.client.ingest(asOf, asOf)).error).toBeNull();
    }
    const { push } = await app.client.query(
      `mutation ($key: AccountKey!) { push(input: { view: "profile", rows: [
         { key: $key, asOf: "2024-05-02", values: { balance: 8888.25, segment: "Quuxborough" } }] }) { accepted } }`,
      { key },
    );
    expect(push.accepted).toBe(1);
    await app.client.query("query ($key: AccountKey!) { predict(key: $key) { probability } }", { key });
    await until("the prediction is logged", async () => {
      const rows = await app.sql("select 1 from prediction_log where key = $1", [TEXT]);
      return rows.length > 0;
    });
    await runOf(
      `mutation { run: exportTrainingSet(input: { asOfFrom: "${JANUARY}", asOfTo: "2024-04-30" }) { id } }`,
    );
    if (redis) expect(await redisDump(redis)).toContain(TEXT);
  }, 300_000);
  afterAll(async () => {
    await app?.stop();
    await redis?.kill();
  });

  it("is gone from every table, from Redis and from quarantine, and the neighbour is not", async () => {
    expect((await tracesIn(app, TRACES)).length).toBeGreaterThan(20);
    const { erasureReach: reach } = await app.client.query(
      "query ($key: AccountKey!) { erasureReach(key: $key) { places { place rows } } }",
      { key },
    );
    const run = await runOf(
      'mutation ($key: AccountKey!) { run: eraseAccount(key: $key, reason: "asked for") { id } }',
      { key },
    );
    expect(run.result.places).toEqual(reach.places);
    expect(run.result.places).toContainEqual({ place: "quarantined_rows", rows: 3 });
    expect(await tracesIn(app, TRACES)).toEqual([]);
    if (redis) expect(await redisDump(redis)).not.toContain(TEXT);
    const [{ rows }] = (await app.sql("select count(*)::int as rows from quarantined_rows")) as [
      { rows: number },
    ];
    expect(rows).toBe(1);
    const { account } = await app.client.query(
      "query ($key: AccountKey!) { account(key: $key) { bank accountNo } }",
      { key: { bank: NEIGHBOUR[0], accountNo: NEIGHBOUR[1] } },
    );
    expect(account).toEqual({ bank: NEIGHBOUR[0], accountNo: NEIGHBOUR[1] });
  });

  it("does not come back by a delivery, however the number is written", async () => {
    writeDelivery(app.dataDir, "again", monthWith(["VICTIM BANK/9,0777123456789,1.5,Quuxborough"]));
    const run = await app.client.ingest("again", "2024-05-31");
    expect([run.error, run.result.erased]).toEqual([null, { accounts: 1, balances: 1, outcomes: 1 }]);
    expect(await tracesIn(app, TRACES)).toEqual([]);
  });
});
