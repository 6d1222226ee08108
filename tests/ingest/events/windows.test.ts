import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bool, decimal, float, int, string, timestamp } from "../../../src/definitions/language/column.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../../src/definitions/language/deployment.js";
import {
  count,
  days,
  daysSince,
  distinct,
  first,
  last,
  max,
  mean,
  min,
  stddev,
  sum,
} from "../../../src/definitions/language/windows/window.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { writeDelivery } from "../../support/delivery.js";

const customer = entity("customer", { key: "customer_id" });
const customers = source("customers", { columns: { region: string() } });
const orders = source("orders", {
  eventTime: "ordered_at",
  eventKey: ["order_no"],
  deleted: "cancelled",
  columns: {
    order_no: int(),
    ordered_at: timestamp({ zone: "Europe/Berlin" }),
    dollars: float({ min: 0 }),
    tax: decimal(10, 2),
    items: int(),
    channel: string(),
    cancelled: bool(),
  },
});
const outcomes = source("outcomes", { columns: { left: bool({ required: true }) } });
const spending = featureView("spending", {
  source: orders,
  features: {
    spend_30d: sum("dollars", days(30)),
    tax_all: sum("tax"),
    items_all: sum("items"),
    orders_30d: count(days(30)),
    web_all: count({ where: { channel: "web" } }),
    large_all: count({ where: { dollars: { atLeast: 50, below: 1000 } } }),
    mean_all: mean("dollars"),
    deviation_all: stddev("dollars"),
    least: min("dollars"),
    channels: distinct("channel"),
    first_channel: first("channel"),
    last_channel: last("channel", days(30)),
    last_order: daysSince(max("ordered_at")),
  },
});
const definitions = deployment({
  name: "shop",
  entity: customer,
  entitySource: customers,
  sources: [customers, orders, outcomes],
  views: [spending],
  services: [
    featureService("churn", {
      views: [spending],
      label: { source: outcomes, column: "left" },
      gates: { minimum: { auc: 0.1 } },
    }),
  ],
});

const HEADER = "customer_id,order_no,ordered_at,dollars,tax,items,channel,cancelled";
const CUSTOMERS = ["customer_id,region", "C1,north", "C2,south", "C3,east"];
const LABELS = ["customer_id,left", "C1,False", "C2,True", "C3,True"];
const JANUARY = [
  HEADER,
  "C1,1,2024-01-05T12:00:00,10.5,1.10,1,web,False",
  "C1,2,2024-01-31T23:30:00,20,2.20,2,store,False",
  "C2,3,2023-12-01T08:00:00Z,100,9.99,3,phone,False",
  "C1,4,2024-02-01T00:30:00,40,4.40,4,web,False",
  "C1,5,2024-02-01T00:00:00Z,80,8.80,5,web,False",
];

describe("windows over events", () => {
  let app: TestApp;
  const deliver = async (name: string, asOf: string, events: string[], people = CUSTOMERS) => {
    writeDelivery(app.dataDir, name, { customers: people, orders: events, outcomes: LABELS });
    return app.client.ingest(name, asOf);
  };
  const features = async (customerId: string, asOf?: string, knownAt?: string) => {
    const { features } = await app.client.query(
      `query($id: ID!, $asOf: Date, $knownAt: DateTime) {
         features(customerId: $id, asOf: $asOf, knownAt: $knownAt) { json statuses { name status eventTime } } }`,
      { id: customerId, asOf, knownAt },
    );
    return features;
  };
  const snapshot = async (asOf: string) =>
    (
      await app.client.query(
        "query($asOf: Date!) { snapshot(asOf: $asOf) { revision lateEvents createdAt } }",
        { asOf },
      )
    ).snapshot;
  const runOf = async (mutation: string) => {
    const data = await app.client.query(`mutation { run: ${mutation} { id } }`);
    return app.client.finished(data.run.id);
  };
  beforeAll(async () => {
    app = await startTestApp({ definitions });
  });
  afterAll(() => app?.stop());

  it("sees what was until the end of the date in UTC", async () => {
    const { error, result } = await deliver("january", "2024-01-31", JANUARY);
    expect(error).toBeNull();
    expect(result.rows.orders).toEqual({ rows: 5, inserted: 5, updated: 0, unchanged: 0 });
    // Half past midnight in Berlin is the day before in UTC, midnight in UTC is not.
    const one = await features("C1");
    expect(one.json).toEqual({
      spend_30d: 70.5,
      tax_all: "7.70",
      items_all: "7",
      orders_30d: 3,
      web_all: 2,
      large_all: 0,
      mean_all: 23.5,
      deviation_all: Math.sqrt((13 ** 2 + 3.5 ** 2 + 16.5 ** 2) / 2),
      least: 10.5,
      channels: 2,
      first_channel: "web",
      last_channel: "web",
      last_order: 0,
    });
    expect(one.statuses[0]).toEqual({ name: "spend_30d", status: "PRESENT", eventTime: "2024-01-31" });
    expect((await features("C2", "2024-01-31")).json).toMatchObject({
      spend_30d: 0,
      orders_30d: 0,
      last_channel: null,
      tax_all: "9.99",
      large_all: 1,
      deviation_all: null,
      last_order: 61,
    });
    const none = await features("C3");
    expect(none.json).toMatchObject({
      spend_30d: 0,
      tax_all: "0.00",
      items_all: "0",
      channels: 0,
      least: null,
    });
    expect(none.statuses.find(({ name }: { name: string }) => name === "least").status).toBe("NULL_VALUE");
  });

  it("changes nothing where a file is delivered twice, under another date", async () => {
    const { result } = await deliver("february", "2024-02-29", JANUARY);
    expect(result.rows.orders).toEqual({ rows: 5, inserted: 0, updated: 0, unchanged: 5 });
    expect(result.late).toBeUndefined();
    expect((await features("C1")).json).toMatchObject({ tax_all: "16.50", orders_30d: 3, last_order: 28 });
    expect(await snapshot("2024-01-31")).toMatchObject({ revision: 1, lateEvents: 0 });
  });

  it("says that a date is stale where a correction and a removal came late, and makes no revision", async () => {
    const corrected = [
      HEADER,
      "C1,2,2024-01-31T23:30:00,25,2.20,2,store,False",
      "C1,1,2024-01-05T12:00:00,10.5,1.10,1,web,True",
      "C3,6,2024-01-10T12:00:00Z,7,0.70,1,store,False",
    ];
    const { error, id, result } = await deliver("march", "2024-03-31", corrected);
    expect(error).toBeNull();
    expect(result.rows.orders).toEqual({ rows: 3, inserted: 1, updated: 2, unchanged: 0 });
    const late = ["2024-02-29", "2024-01-31"].map((asOf) => ({ asOf, lateEvents: 3 }));
    expect(result.late).toEqual(late);
    const { run } = await app.client.query(
      "query ($id: ID!) { run(id: $id) { outcome { ... on IngestOutcome { late { asOf lateEvents } } } events { message } } }",
      { id },
    );
    expect(run.outcome).toEqual({ late });
    expect(run.events.map(({ message }: { message: string }) => message).join()).toContain(
      "late events of 2024-02-29 (3), 2024-01-31 (3)",
    );
    expect(await snapshot("2024-01-31")).toMatchObject({ revision: 1, lateEvents: 3 });
    expect(await snapshot("2024-03-31")).toMatchObject({ revision: 1, lateEvents: 0 });
    expect((await features("C1", "2024-01-31")).json.spend_30d).toBe(70.5);
    const { health } = await app.client.query("{ health { problems { subject message remedy } } }");
    expect(health.problems).toContainEqual({
      subject: "snapshot 2024-01-31",
      message: "stale: 3 late events",
      remedy: 'resnapshot(asOf: "2024-01-31")',
    });
  });

  it("makes the next revision when it is asked to, and what was known before it stays", async () => {
    const before = await snapshot("2024-01-31");
    const run = await runOf('resnapshot(asOf: "2024-01-31")');
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({ revision: 2, unchanged: false });
    expect(await snapshot("2024-01-31")).toMatchObject({ revision: 2, lateEvents: 0 });
    expect((await features("C1", "2024-01-31")).json).toMatchObject({ spend_30d: 65, web_all: 1 });
    expect((await features("C3", "2024-01-31")).json.spend_30d).toBe(7);
    const then = await features("C1", "2024-01-31", before.createdAt);
    expect(then.json).toMatchObject({ spend_30d: 70.5, web_all: 2 });
    const again = await runOf('resnapshot(asOf: "2024-01-31")');
    expect(again.result).toMatchObject({ revision: 2, unchanged: true });
  });

  it("makes past snapshots from one history, and leaves those that are there", async () => {
    const run = await runOf('backfill(from: "2023-12-01", to: "2024-03-31", every: MONTH)');
    expect(run.error).toBeNull();
    expect(run.result).toEqual({
      made: [
        { asOf: "2023-12-31", revision: 1 },
        { asOf: "2024-02-29", revision: 2 },
      ],
      left: 2,
    });
    expect((await features("C2", "2023-12-31")).json).toMatchObject({
      spend_30d: 0,
      tax_all: "9.99",
      last_order: 30,
    });
    expect((await features("C1", "2023-12-31")).statuses[0].status).toBe("NOT_FOUND");
  });

  it("is refused by a push: it is computed", async () => {
    const { message } = await app.client.error(
      'mutation { push(input: { view: "spending", rows: [{ customerId: "C1", asOf: "2024-03-31", values: { spend_30d: 1 } }] }) { __typename } }',
    );
    expect(message).toContain("it is computed from orders");
  });

  it("refuses an event without its time, one that no zone has, and one of nobody", async () => {
    const { error } = await deliver("broken", "2024-04-30", [
      HEADER,
      "C1,10,,1,1,1,web,False",
      "C1,11,2024-03-31T02:30:00,1,1,1,web,False",
      "C9,12,2024-04-01T00:00:00Z,1,1,1,web,False",
      "C1,,2024-04-01T00:00:00Z,1,1,1,web,False",
    ]);
    expect(error?.code).toBe("VALIDATION_FAILED");
    const { runs } = await app.client.query(
      `{ runs(first: 1) { nodes { validation { expectations { source column expectation success } } } } }`,
    );
    const broken = runs.nodes[0].validation.expectations
      .filter(({ success }: { success: boolean }) => !success)
      .map(({ column, expectation }: { column: string; expectation: string }) => `${column} ${expectation}`);
    expect(broken).toEqual(
      expect.arrayContaining([
        "ordered_at not_null",
        "ordered_at local_time",
        "customer_id known_entity",
        "order_no not_null",
      ]),
    );
  });
});
