import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  Dictionary,
  Float64,
  Int32,
  LargeUtf8,
  makeData,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Table,
  TimestampMicrosecond,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkWindowDates } from "../../../src/cli/doctor/windows.js";
import { createClient } from "../../../src/db/pool.js";
import { float, string, timestamp } from "../../../src/definitions/language/column.js";
import { deployment, entity, featureView, source } from "../../../src/definitions/language/deployment.js";
import { count, days, last, sum } from "../../../src/definitions/language/windows/window.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { writeDelivery } from "../../support/delivery.js";

const customers = source("customers", { delivered: "sometimes", columns: { region: string() } });
const visits = source("visits", {
  eventTime: "at",
  delivery: "replaces",
  delivered: "sometimes",
  columns: { at: timestamp(), dollars: float(), channel: string() },
});
const definitions = deployment({
  name: "visits",
  entity: entity("customer", { key: "customer_id" }),
  entitySource: customers,
  sources: [customers, visits],
  views: [
    featureView("visited", {
      source: visits,
      features: { visits_30d: count(days(30)), spent: sum("dollars"), last_channel: last("channel") },
    }),
  ],
  services: [],
});

const HEADER = "customer_id,at,dollars,channel";
const JANUARY = [
  "C1,2024-01-05T12:00:00Z,10,web",
  // Twice the same: two visits.
  "C1,2024-01-05T12:00:00Z,10,web",
  "C1,2024-01-20T09:00:00Z,5.5,store",
  "C2,2024-01-31T23:59:59.999999Z,1,phone",
];

describe("events that each delivery replaces", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ definitions });
  });
  afterAll(() => app?.stop());

  const deliver = (name: string, asOf: string, events: string[], people?: string[]) => {
    writeDelivery(app.dataDir, name, {
      visits: [HEADER, ...events],
      ...(people && { customers: ["customer_id,region", ...people] }),
    });
    return app.client.ingest(name, asOf);
  };
  const features = async (customerId: string, asOf: string, knownAt?: string) => {
    const found = await app.client.query(
      "query($id: ID!, $asOf: Date, $knownAt: DateTime) { features(customerId: $id, asOf: $asOf, knownAt: $knownAt) { json } }",
      { id: customerId, asOf, knownAt },
    );
    return found.features.json;
  };
  const snapshot = async (asOf: string) =>
    (
      await app.client.query(
        "query($asOf: Date!) { snapshot(asOf: $asOf) { revision lateEvents createdAt } }",
        {
          asOf,
        },
      )
    ).snapshot;
  const resnapshot = async (asOf: string) => {
    const { run } = await app.client.query(`mutation { run: resnapshot(asOf: "${asOf}") { id } }`);
    return app.client.finished(run.id);
  };

  const doctored = async () => {
    const client = createClient(app.url);
    await client.connect();
    try {
      return await checkWindowDates(client, definitions);
    } finally {
      await client.end();
    }
  };

  it("keeps every row of the first one, those that are equal too", async () => {
    const { error, result } = await deliver("january", "2024-01-31", JANUARY, ["C1,north", "C2,south"]);
    expect(error).toBeNull();
    expect(result.rows.visits).toEqual({ rows: 4, inserted: 4, updated: 0, unchanged: 0 });
    expect(await features("C1", "2024-01-31")).toEqual({ visits_30d: 3, spent: 25.5, last_channel: "store" });
    expect(await features("C2", "2024-01-31")).toEqual({ visits_30d: 1, spent: 1, last_channel: "phone" });
  });

  it("removes what the next one lacks, adds what is new, and leaves the snapshots before it", async () => {
    const [first, , second] = JANUARY as [string, string, string, string];
    const february = [second, first, "C2,2024-02-10T00:00:00Z,7,web", "C2,2024-01-15T00:00:00Z,3,web"];
    const { error, result } = await deliver("february", "2024-02-29", february);
    expect(error).toBeNull();
    // One of the two equal ones and C2's of January are gone.
    expect(result.rows.visits).toEqual({ rows: 4, inserted: 2, updated: 2, unchanged: 2 });
    expect(await features("C1", "2024-02-29")).toEqual({ visits_30d: 0, spent: 15.5, last_channel: "store" });
    expect(await features("C2", "2024-02-29")).toEqual({ visits_30d: 1, spent: 10, last_channel: "web" });
    expect(await features("C1", "2024-01-31")).toMatchObject({ visits_30d: 3, spent: 25.5 });
  });

  it("counts what came late and what was removed, and makes the next revision when it is asked to", async () => {
    const before = await snapshot("2024-01-31");
    expect(before).toMatchObject({ revision: 1, lateEvents: 3 });
    expect(await snapshot("2024-02-29")).toMatchObject({ revision: 1, lateEvents: 0 });
    expect(await doctored()).toEqual([
      {
        name: "windows",
        status: "warning",
        message: "snapshot 2024-01-31 is stale: 3 late events",
        remedy: 'resnapshot(asOf: "2024-01-31")',
      },
    ]);
    const { error, result } = await resnapshot("2024-01-31");
    expect(error).toBeNull();
    expect(result).toMatchObject({ revision: 2, unchanged: false });
    expect(await features("C1", "2024-01-31")).toMatchObject({ visits_30d: 2, spent: 15.5 });
    expect(await features("C2", "2024-01-31")).toEqual({ visits_30d: 1, spent: 3, last_channel: "web" });
    expect(await features("C2", "2024-01-31", before.createdAt)).toMatchObject({ last_channel: "phone" });
    expect(await snapshot("2024-01-31")).toMatchObject({ revision: 2, lateEvents: 0 });
    expect(await doctored()).toMatchObject([{ status: "ok", message: "no snapshot has late events" }]);
  });

  it("is not replaced by a delivery of an earlier date that comes later", async () => {
    const { error, result } = await deliver("again", "2024-01-31", JANUARY);
    expect(error).toBeNull();
    expect(result.rows.visits).toEqual({ rows: 4, inserted: 0, updated: 0, unchanged: 4 });
    expect(await features("C2", "2024-02-29")).toMatchObject({ spent: 10 });
  });

  it("changes nothing where the same events come in an Arrow file or stream, in any order", async () => {
    const [first, , second] = JANUARY as [string, string, string, string];
    const rows = ["C2,2024-01-15T00:00:00Z,3,web", first, "C2,2024-02-10T00:00:00Z,7,web", second];
    const cells = rows.map((row) => row.split(","));
    const column = (at: number) => cells.map((row) => row[at]!);
    const micros = BigInt64Array.from(column(1), (text) => BigInt(Date.parse(text)) * 1_000n);
    const table = new Table({
      customer_id: vectorFromArray(column(0), new LargeUtf8()),
      at: new Vector([
        makeData({ type: new TimestampMicrosecond("Europe/Berlin"), length: 4, data: micros }),
      ]),
      dollars: vectorFromArray(column(2).map(Number), new Float64()),
      channel: vectorFromArray(column(3), new Dictionary(new Utf8(), new Int32())),
    } as never);
    const files = {
      "2024-03-31": RecordBatchFileWriter.writeAll(table).toUint8Array(true),
      "2024-04-30": RecordBatchStreamWriter.writeAll(table).toUint8Array(true),
    };
    for (const [asOf, bytes] of Object.entries(files)) {
      mkdirSync(join(app.dataDir, asOf), { recursive: true });
      writeFileSync(join(app.dataDir, asOf, "visits.arrow"), bytes);
      const { error, result } = await app.client.ingest(asOf, asOf);
      expect(error).toBeNull();
      expect(result.rows.visits).toEqual({ rows: 4, inserted: 0, updated: 0, unchanged: 4 });
    }
  });

  it("keeps all of it where an Arrow file is damaged: the error says so", async () => {
    const whole = RecordBatchFileWriter.writeAll(
      new Table({ customer_id: vectorFromArray(["C1"], new Utf8()) } as never),
    ).toUint8Array(true);
    mkdirSync(join(app.dataDir, "damaged"), { recursive: true });
    const damaged = Buffer.from(whole);
    // The length before the first message: the library would read on before it.
    damaged.writeInt32LE(-4, 12);
    damaged.writeInt32LE(-4, 8);
    for (const bytes of [damaged, whole.subarray(0, whole.length - 20)]) {
      writeFileSync(join(app.dataDir, "damaged", "visits.arrow"), bytes);
      const { error } = await app.client.ingest("damaged", "2024-05-31");
      expect(error?.code).toBe("VALIDATION_FAILED");
    }
    rmSync(join(app.dataDir, "damaged"), { recursive: true });
    expect(await features("C2", "2024-04-30")).toMatchObject({ spent: 10 });
  });

  it("says whose window overflows, by the view's and the feature's name, and publishes nothing", async () => {
    const huge = [
      "C1,2024-05-01T00:00:00Z,1.7e308,web",
      "C1,2024-05-02T00:00:00Z,1.7e308,web",
      "C2,2024-05-02T00:00:00Z,1,web",
    ];
    const { error } = await deliver("huge", "2024-05-31", huge);
    expect(error).toMatchObject({
      code: "VALIDATION_FAILED",
      message:
        'view visited: as of 2024-05-31, of the key "C1" spent (sum of dollars over all time of visits by at) is beyond a float; ' +
        "correct or remove its events of visits, and give the column bounds: min and max. Nothing was published.",
    });
    expect((await snapshot("2024-05-31"))?.revision ?? null).toBeNull();
    expect(await app.sql("select 1 from visits_events where dollars > 1e300")).toEqual([]);
  });
});
