import { randomUUID } from "node:crypto";
import { getTableName } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyChain } from "../../../src/audit/verify.js";
import { createPool } from "../../../src/db/pool.js";
import { coreTables } from "../../../src/db/tables/index.js";
import { bool, float, int, string } from "../../../src/definitions/language/column.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../../src/definitions/language/deployment.js";
import { uuid } from "../../../src/definitions/language/key.js";
import { textsThatAre } from "../../../src/jobs/erase/kept-texts.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { writeDelivery } from "../../support/delivery.js";
import { tracesIn } from "../../support/traces.js";

const customer = entity("customer", { key: { customer_id: uuid() } });
const account = entity("account", { key: { account_no: int() }, belongsTo: customer });
const customers = source("customers", {
  of: customer,
  columns: { income: float({ min: 0 }) },
  onInvalid: "quarantine",
});
const accounts = source("accounts", {
  of: account,
  columns: {
    customer_id: string({ required: true, from: "Owner" }),
    balance: float({ min: 0 }),
    overdrawn: bool({ required: true }),
  },
  onInvalid: "quarantine",
});
const usage = source("usage", { of: account, columns: { visits: int() } });
const household = featureView("household", { source: customers, features: ["income"] });
const terms = featureView("terms", { source: accounts, features: ["balance"] });
const habits = featureView("habits", { source: usage, features: ["visits"] });
const branch = deployment({
  name: "branch",
  entities: [customers, accounts],
  sources: [customers, accounts, usage],
  views: [household, terms, habits],
  services: [
    featureService("overdraft", {
      views: [terms, household, habits],
      label: { source: accounts, column: "overdrawn" },
      gates: { minimum: {} },
    }),
  ],
});

const customerOf = (i: number) => `${String(i).padStart(8, "0")}-9d54-4c7a-8f10-2b6e5a7c9dab`;
const VICTIM = "deadbeef-9d54-4c7a-8f10-2b6e5a7c9dab";
const LOUD = VICTIM.toUpperCase();
const OTHER = customerOf(7);
const JANUARY = "2024-01-31";
const ERASE = `mutation ($id: ID!, $reason: String!) { run: eraseAccount(accountNo: $id, entity: "customer", reason: $reason) { id } }`;
const REACH = `query ($id: ID!) { erasureReach(accountNo: $id, entity: "customer") { belonging { entity keys } places { place rows } outside { what } } }`;

describe("a person who is named in texts, and whose accounts were never published", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ definitions: branch });
    const numbers = Array.from({ length: 30 }, (_, i) => i);
    writeDelivery(app.dataDir, "january", {
      customers: ["customer_id,income", ...numbers.map((i) => `${customerOf(i)},${1000 + i}`), `${LOUD},5`],
      accounts: [
        "account_no,Owner,balance,overdrawn",
        ...numbers.map((i) => `${100 + i},${customerOf(i)},${i}.5,${i % 2 ? "True" : "False"}`),
        `7071,${LOUD},5,True`,
        // Never published: a balance below 0, one cut, one whose text cannot be taken apart.
        `0007072,${LOUD},-1,True`,
        `7073,${VICTIM},5`,
        `7074,${VICTIM},x\0y,True`,
        // Of somebody else.
        `7081,${OTHER},-1,True`,
        `7082,${OTHER},5`,
        `7083,${OTHER},x\0y,True`,
        `7084,${OTHER},\0`,
      ],
      usage: ["account_no,visits", ...numbers.map((i) => `${100 + i},${i}`), "7072,11", "7081,12"],
    });
    const run = await app.client.ingest("january", JANUARY);
    expect([run.error, run.result.quarantined]).toEqual([null, { accounts: 7, usage: 2 }]);
  });
  afterAll(() => app?.stop());

  it("has a fate in every column of text that asof's own tables have", async () => {
    const known = (["own", "goes", "scrubbed", "listed", "blanked"] as const).flatMap((fate) =>
      textsThatAre(fate).flatMap(({ table, columns }) => columns.map(({ name }) => `${table}.${name}`)),
    );
    const stored = await app.sql<{ place: string }>(
      `select table_name || '.' || column_name as place from information_schema.columns
       where table_schema = current_schema() and table_name = any($1)
         and (data_type like '%char%' or data_type in ('text', 'json', 'jsonb', 'ARRAY'))`,
      [Object.values(coreTables).map((table) => getTableName(table))],
    );
    expect(known.toSorted()).toEqual(stored.map(({ place }) => place).toSorted());
  });

  it("is taken out of descriptions, tags, parameters and inputs, and names are listed", async () => {
    const { createRun } = await app.client.query(
      "mutation ($input: CreateRunInput!) { createRun(input: $input) { id } }",
      { input: { name: `for ${VICTIM}`, params: { customer_id: LOUD, rate: 0.1 } } },
    );
    await app.sql("update runs set inputs = $2 where id = $1", [
      createRun.id,
      JSON.stringify([{ name: "rows", source: `select * from t where id = '${LOUD}'` }]),
    ]);
    await app.sql("update models set description = $1, tags = $2", [
      `asked for by ${VICTIM}`,
      JSON.stringify({ owner: LOUD, team: "risk" }),
    ]);
    await app.sql("insert into experiments (name, actor, tags) values ($1, 'a test', $2)", [
      `of ${VICTIM}`,
      JSON.stringify({ about: VICTIM }),
    ]);
    await app.sql(
      "insert into registry_changes (experiment_id, actor, message) select max(id), 'a test', $1 from experiments",
      [`tag about: ${VICTIM}`],
    );
    await app.sql(
      `insert into logged_models (id, experiment_id, name, actor, params) select $1, max(id), $2, 'a test', $3 from experiments`,
      [randomUUID(), `model of ${VICTIM}`, JSON.stringify({ customer_id: VICTIM })],
    );
    const { erasureReach: reach } = await app.client.query(REACH, { id: LOUD });
    expect(reach.belonging).toEqual([{ entity: "account", keys: 4 }]);
    const { run } = await app.client.query(ERASE, { id: LOUD, reason: "request 4711" });
    const { error, result } = await app.client.finished(run.id);
    expect(error).toBeNull();
    expect(result.places).toEqual(reach.places);
    expect(result.places).toEqual(
      expect.arrayContaining([
        // The run's name and parameters, as they were sent and as they were answered.
        { place: "audit_log", rows: 2 },
        { place: "experiments", rows: 1 },
        { place: "logged_models", rows: 1 },
        { place: "models", rows: 1 },
        { place: "registry_changes", rows: 1 },
        // Three accounts, and the usage of one of them.
        { place: "quarantined_rows", rows: 4 },
      ]),
    );
    expect(result.outside.map(({ what }: { what: string }) => what)).toContainEqual(
      expect.stringContaining("experiments.name 1"),
    );
    expect(reach.outside).toEqual(result.outside.map(({ what }: { what: string }) => ({ what })));
    const traces = await tracesIn(app, [VICTIM, LOUD]);
    expect(traces.filter((place) => !place.startsWith("statistics of experiments.name"))).toEqual([
      `public.experiments.name: ${VICTIM}`,
    ]);
    const [model] = await app.sql("select description, tags from models");
    expect(model).toEqual({
      description: "[erased]",
      tags: { owner: "[erased]", team: "risk" },
    });
    const [tracked] = await app.sql("select name, params from runs where id = $1", [createRun.id]);
    expect(tracked).toEqual({ name: "[erased]", params: {} });
    const audited = await app.sql(
      `select action, outcome, details is null and salt is null as blank, erased_by is not null as erased
       from audit_log where action in ('createRun', 'erasure.blanked') order by id`,
    );
    expect(audited).toEqual([
      { action: "createRun", outcome: "ASKED", blank: true, erased: true },
      { action: "createRun", outcome: "DONE", blank: true, erased: true },
      { action: "erasure.blanked", outcome: "DONE", blank: false, erased: false },
    ]);
    const pool = createPool(app.url, 1);
    const chain = await verifyChain(pool, null).finally(() => pool.end());
    expect(chain).toMatchObject({ erased: 2, problems: [] });
    const left = await app.sql("select source, key from quarantined_rows order by source, line");
    expect(left).toEqual([
      ...["7081", "7082", "7083", "7084"].map((key) => ({ source: "accounts", key })),
      { source: "usage", key: "7081" },
    ]);
  });

  it("is not erased for a reason that names them", async () => {
    expect(await app.client.error(ERASE, { id: VICTIM, reason: `${LOUD} asked for it` })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining("reason: it names the person"),
    });
    const [refused] = await app.sql(
      "select details from audit_log where answers is null order by audit_log.id desc limit 1",
    );
    expect(JSON.parse(refused!.details).args).toMatchObject({ reason: "[key] asked for it" });
  });

  it("does not come back by rows that are whole now, and nobody else's are passed over", async () => {
    writeDelivery(app.dataDir, "february", {
      customers: [
        "customer_id,income",
        ...Array.from({ length: 30 }, (_, i) => `${customerOf(i)},${2000 + i}`),
      ],
      accounts: ["account_no,Owner,balance,overdrawn", `7072,${LOUD},1,True`, `7081,${OTHER},1,True`],
      usage: ["account_no,visits", "7072,11", "07073,11", "7081,12"],
    });
    const run = await app.client.ingest("february", "2024-02-29");
    expect([run.error, run.result.erased]).toEqual([null, { accounts: 1, usage: 2 }]);
  });
});
