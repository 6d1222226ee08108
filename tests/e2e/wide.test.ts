import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrationStatements, schemaState } from "../../scripts/migration-statements.js";
import { createPool } from "../../src/db/pool.js";
import { bool, float, int, string } from "../../src/definitions/language/column.js";
import {
  deployment,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { testing } from "../support/deployment/testing.js";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.js";

const USERS = userIds(80);
const FLOATS = 800;
const names = (of: string, count: number) => Array.from({ length: count }, (_, i) => `${of}_${i}`);
const columns = {
  ...Object.fromEntries(names("f", FLOATS).map((name) => [name, float()])),
  ...Object.fromEntries(names("i", 60).map((name) => [name, int()])),
  ...Object.fromEntries(names("b", 60).map((name) => [name, bool()])),
  ...Object.fromEntries(names("t", 20).map((name) => [name, string()])),
};

/** The test deployment, and a view of 940 features. */
function makeWide() {
  const sensors = source("sensors", { columns });
  const views = [
    ...testing.views,
    featureView("sensors_now", { source: sensors, features: Object.keys(columns) }),
  ];
  const services = testing.services.map(({ name, ...service }) =>
    featureService(name, { ...service, views }),
  );
  return deployment({ ...testing, sources: [...testing.sources, sensors], views, services });
}

/** One of a process: its GraphQL schema is. */
const WIDE = makeWide();

function delivery(month: number) {
  const rows = USERS.map((user, u) => {
    const cell = (name: string, i: number) => {
      if ((u + i) % 11 === 0) return "";
      if (name.startsWith("f")) return String(((u * 31 + i * 17 + month) % 97) / 7 + 1e30);
      if (name.startsWith("i")) return String(2_147_483_000 + ((u + i + month) % 600));
      return name.startsWith("b")
        ? (u + i) % 2 === 0
          ? "True"
          : "False"
        : `text ${"x".repeat(14)} ${(u + i) % 3}`;
    };
    return [user, ...Object.keys(columns).map(cell)].join(",");
  });
  return { ...smallDelivery(USERS), sensors: [["user_id", ...Object.keys(columns)].join(","), ...rows] };
}

describe.each([["PostgreSQL"], ...(hasRedis ? [["Redis"]] : [])])(
  "a view of 940 features, served from %s",
  (store) => {
    let app: TestApp;
    let redis: TestRedis | undefined;
    beforeAll(async () => {
      const definitions = WIDE;
      const statements = await migrationStatements(schemaState(testing), schemaState(definitions));
      redis = store === "Redis" ? await startRedis() : undefined;
      app = await startTestApp({
        definitions,
        redisUrl: redis?.url,
        prepare: async (url) => {
          const pool = createPool(url, 1);
          for (const statement of statements) await pool.query(statement);
          await pool.end();
        },
      });
      writeDelivery(app.dataDir, "january", delivery(0));
      writeDelivery(app.dataDir, "february", delivery(1));
      expect((await app.client.ingest("january", "2024-01-31")).error).toBeNull();
      expect((await app.client.ingest("february", "2024-02-29")).error).toBeNull();
    }, 180_000);
    afterAll(async () => {
      await app?.stop();
      await redis?.kill();
    });

    const JANUARY = "2024-01-31";
    const TRAINING = { asOf: JANUARY, seed: 1, params: { trees: 3, leaves: 4 } };
    const succeeds = async (_: string, field: string, type: string, input: unknown) => {
      const head = type ? `mutation($input: ${type})` : "mutation";
      const { run } = await app.client.query(`${head} { run: ${field} { id } }`, { input });
      expect(await app.client.finished(run.id, 560_000)).toMatchObject({
        status: "SUCCEEDED",
        error: null,
      });
    };

    it.each<[string, string, string, unknown]>([
      ["materialize", "materialize(asOf: $input)", "Date", "2024-02-29"],
      ["verifyParity", "verifyParity", "", undefined],
      ["detectDrift", "detectDrift(input: $input)", "DriftInput!", { from: JANUARY, to: "2024-02-29" }],
      [
        "exportTrainingSet",
        "exportTrainingSet(input: $input)",
        "ExportTrainingSetInput!",
        { asOfFrom: JANUARY, asOfTo: "2024-02-29" },
      ],
    ])("%s succeeds", succeeds, 180_000);

    // Minutes each: `npm run test:wide`.
    it.skipIf(process.env.WIDE !== "all").each<[string, string, string, unknown]>([
      ["train", "train(input: $input)", "TrainInput!", TRAINING],
      [
        "train a forest",
        "train(input: $input)",
        "TrainInput!",
        { ...TRAINING, algorithm: "RANDOM_FOREST", params: { trees: 5 } },
      ],
      ["tune", "tune(input: $input)", "TuneInput!", { asOf: JANUARY, algorithm: "RANDOM_FOREST", trials: 1 }],
      [
        "trainAndCompare",
        "trainAndCompare(input: $input, delta: -1)",
        "TrainInput!",
        { ...TRAINING, seed: 2 },
      ],
    ])("%s succeeds", succeeds, 600_000);

    it("answers now, as of a date and pushed values, all of them", async () => {
      const push = `mutation($rows: [PushRowInput!]!) { push(input: { view: "sensors_now", rows: $rows }) { view } }`;
      const values = Object.fromEntries(names("f", FLOATS).map((name, i) => [name, i / 3]));
      const { errors } = await app.client.raw(push, {
        rows: [{ userId: USERS[3], asOf: "2024-03-01", values }],
      });
      expect([store, errors?.map(({ message }) => message.slice(0, 300))]).toEqual([store, undefined]);
      const { now, then } = await app.client.query(
        `query($id: ID!) { now: features(userId: $id) { json statuses { status } } then: features(userId: $id, asOf: "2024-01-31") { json } }`,
        { id: USERS[3] },
      );
      expect(now.json).toMatchObject(values);
      expect(now.statuses.length).toBeGreaterThan(940);
      expect(then.json.f_1).toBeGreaterThan(1e29);
    });
  },
);
