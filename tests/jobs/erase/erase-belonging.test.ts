import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitions } from "../../../examples/bank/definitions.js";
import { delivery, MONTHS } from "../../../examples/bank/generate.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { type Files, writeDelivery } from "../../support/delivery.js";
import { hasRedis, startRedis, type TestRedis } from "../../support/redis.js";
import { filesHolding, redisDump, tracesIn } from "../../support/traces.js";
import { until } from "../../support/until.js";

const CUSTOMERS = 80;
const [[JANUARY_FOLDER, JANUARY], [FEBRUARY_FOLDER, FEBRUARY]] = MONTHS;
const VICTIM = "VICTIM-KEY-3B";
const OWN = ["ACCOUNT-OF-VICTIM-1", "ACCOUNT-OF-VICTIM-2"] as const;
const OF_CUSTOMER = [VICTIM, "98765.25"];
const OF_ACCOUNTS = [...OWN, "87654.5", "-76543.125", "65432.75", "54321.875"];
const TRACES = [...OF_CUSTOMER, ...OF_ACCOUNTS];
/** Of an account that nobody is erased by. */
const OTHER = "ACCOUNT-OF-ANOTHER";

/** The second account is closed in the second month: history alone says whose it was. */
function month(place: number, accounts: readonly string[] = place === 0 ? OWN : [OWN[0]]): Files {
  const files = delivery(place, CUSTOMERS);
  files.customers!.push(`${VICTIM},west,98765.25,12,True`);
  for (const id of accounts) {
    files.accounts!.push(`${id},${VICTIM},joint,87654.5`);
    files.account_usage!.push(`${id},${id === OWN[1] ? 54321.875 : -76543.125},65432.75,1,True`);
  }
  files.accounts!.push(`${OTHER},C-00001,joint,100`);
  files.account_usage!.push(`${OTHER},11.5,12.5,1,True`);
  return files;
}

describe("a person whom other entities belong to", () => {
  let app: TestApp;
  let redis: TestRedis | null = null;
  const runOf = async (field: string) => {
    const { run } = await app.client.query(`mutation { run: ${field} { id } }`);
    const ended = await app.client.finished(run.id);
    expect(ended.error).toBeNull();
    return ended;
  };
  const reachOf = async (id: string, entity = "customer") =>
    (
      await app.client.query(
        `query ($id: ID!, $entity: String!) { erasureReach(customerId: $id, entity: $entity) {
           keptOut belonging { entity keys } places { place rows } artifacts { name } versions { model version } } }`,
        { id, entity },
      )
    ).erasureReach;
  const trainings: string[] = [];

  beforeAll(async () => {
    redis = hasRedis ? await startRedis() : null;
    app = await startTestApp({
      definitions,
      predictionLog: { sample: 1, perSecond: 1000, keepDays: 30 },
      ...(redis && { redisUrl: redis.url }),
    });
    for (const [place, [folder, asOf]] of MONTHS.entries()) {
      writeDelivery(app.dataDir, folder, month(place));
      expect((await app.client.ingest(folder, asOf)).error).toBeNull();
    }
    for (const model of ["attrition", "overdraft"]) {
      const run = await runOf(
        `train(input: { model: "${model}", asOf: "${JANUARY}", algorithm: LOGISTIC_REGRESSION })`,
      );
      trainings.push(run.id);
      await app.client.query(
        `mutation { promote(input: { model: "${model}", version: 1, force: true, reason: "test" }) { version } }`,
      );
      await runOf(
        `exportTrainingSet(input: { model: "${model}", asOfFrom: "${JANUARY}", asOfTo: "${FEBRUARY}" })`,
      );
    }
    await app.client.query(
      `{ predict(customerId: "${VICTIM}") { probability } other: predict(accountId: "${OWN[0]}", model: "overdraft") { probability } }`,
    );
    await until("both predictions are logged", async () => {
      const rows = await app.sql("select 1 from prediction_log where key = any($1)", [[VICTIM, OWN[0]]]);
      return rows.length === 2;
    });
    if (redis) for (const key of [VICTIM, OWN[0]]) expect(await redisDump(redis)).toContain(key);
  }, 300_000);
  afterAll(async () => {
    await app?.stop();
    await redis?.kill();
  });

  it("is erased with all that ever belonged to them, and nobody else is", async () => {
    const reach = await reachOf(VICTIM);
    expect(reach.belonging).toEqual([{ entity: "account", keys: 2 }]);
    expect(reach.versions).toEqual([
      { model: "attrition", version: 1 },
      { model: "overdraft", version: 1 },
    ]);
    const others = async () =>
      app.sql("select count(*)::int as rows from accounts_snapshots where account_id <> all($1)", [OWN]);
    const before = await others();
    const run = await runOf(`eraseCustomer(customerId: "${VICTIM}", reason: "they asked for it")`);
    expect(run.result.places).toEqual(reach.places);
    expect(run.result.places).toEqual(
      expect.arrayContaining([
        { place: "accounts", rows: 2 },
        { place: "accounts_snapshots", rows: 3 },
        { place: "account_usage_snapshots", rows: 3 },
        { place: "customers_snapshots", rows: 2 },
        { place: "prediction_log", rows: 2 },
      ]),
    );
    expect(run.result.artifacts.map(({ name }: any) => name)).toEqual(
      reach.artifacts.map(({ name }: any) => name),
    );
    expect(await tracesIn(app, TRACES)).toEqual([]);
    const online = redis ? await redisDump(redis) : "";
    expect(TRACES.filter((text) => online.includes(text))).toEqual([]);
    expect(filesHolding(app.dataDir, TRACES, [JANUARY_FOLDER, FEBRUARY_FOLDER])).toEqual([]);
    expect(await others()).toEqual(before);
  });

  it("does not come back by an account, be it one that was never seen", async () => {
    writeDelivery(app.dataDir, "march", month(1, [...OWN, "ACCOUNT-OF-VICTIM-3"]));
    const run = await app.client.ingest("march", "2024-03-31");
    expect(run.error).toBeNull();
    // The usage of the account that was never seen says not whose it is: the file of accounts does.
    expect(run.result.erased).toEqual({ customers: 1, accounts: 3, account_usage: 3 });
    expect(await tracesIn(app, [VICTIM, ...OWN, "ACCOUNT-OF-VICTIM-3"])).toEqual([]);
  });

  it("is not erased with an account of theirs", async () => {
    const run = await runOf(`eraseCustomer(customerId: "${OTHER}", entity: "account", reason: "closed")`);
    expect(run.result.places).toContainEqual({ place: "accounts", rows: 1 });
    expect(await tracesIn(app, [OTHER])).toEqual([]);
    const { customer } = await app.client.query('{ customer(customerId: "C-00001") { customerId } }');
    expect(customer).toEqual({ customerId: "C-00001" });
  });

  it("comes back with all that belongs to them once that is lifted", async () => {
    const { liftErasure } = await app.client.query(
      `mutation { liftErasure(customerId: "${VICTIM}", reason: "a new contract") { erasures } }`,
    );
    expect(liftErasure).toEqual({ erasures: 1 });
    writeDelivery(app.dataDir, "april", month(1));
    const run = await app.client.ingest("april", "2024-04-30");
    expect([run.error, run.result.erased]).toEqual([null, { accounts: 1, account_usage: 1 }]);
    const { account } = await app.client.query(`{ account(accountId: "${OWN[0]}") { customerId } }`);
    expect(account).toEqual({ customerId: VICTIM });
  });
});
