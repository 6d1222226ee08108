import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { definitions } from "../../examples/orders/definitions.js";
import { customerId, MONTHS, writeDeliveries } from "../../examples/orders/generate.js";
import { ownMigrations } from "../support/deployment.js";
import type { GraphQLClient } from "../support/graphql.js";
import { ownProgram } from "../support/own-program.js";
import { POINTS } from "./holds.js";
import { ALWAYS_MET, placesOf, Stands, settled } from "./stands.js";

/** Orders of April that come with those of May: April's windows are stale. */
const [[, APRIL], [MAY_FOLDER, MAY]] = MONTHS;
const LATE = [1, 2, 3].map(
  (each) => `${customerId(each)},${900_000 + each},2024-04-20T12:00:00,80,15.2,1,web,no`,
);
const CUSTOMERS = 40;

const RUNS: Record<"RESNAPSHOT" | "BACKFILL", string> = {
  RESNAPSHOT: `resnapshot(asOf: "${APRIL}")`,
  BACKFILL: `backfill(from: "2024-01-31", to: "${MAY}", every: MONTH)`,
};

/** `npm run test:faults`: every point. Else where a step is done and nothing but its checkpoint lost. */
const MET = process.env.FAULTS === "all" ? POINTS : (["told"] as const);

const migrations = ownMigrations();
let stands: Stands;

/** The shop of examples/orders, as processes of JavaScript serve it. */
async function setUp(dataDir: string): Promise<Record<string, string>> {
  writeDeliveries(dataDir, CUSTOMERS);
  writeFileSync(join(dataDir, MAY_FOLDER, "orders.csv"), `${LATE.join("\n")}\n`, { flag: "a" });
  return ownProgram(dataDir, "./examples/orders/definitions.js", migrations.folder);
}

async function ingestAll(client: GraphQLClient): Promise<void> {
  for (const [folder, asOf] of MONTHS) expect((await client.ingest(folder, asOf)).error).toBeNull();
}

beforeAll(async () => {
  await migrations.generate(definitions);
  stands = await Stands.start(setUp, { empty: true });
  await Promise.all([ingestAll(stands.undisturbed.api), ingestAll(stands.killed.api)]);
}, 300_000);
afterAll(async () => {
  await stands?.stop();
  migrations.remove();
});

describe("a process that is killed (SIGKILL) at each step", () => {
  afterEach(() => stands.holds.clear());

  const begin = async (client: GraphQLClient, kind: keyof typeof RUNS): Promise<string> =>
    (await client.query(`mutation { run: ${RUNS[kind]} { id } }`)).run.id;

  it.each(Object.keys(RUNS) as (keyof typeof RUNS)[])(
    "of %s leaves, once another has gone on, what one undisturbed leaves",
    async (kind) => {
      const { undisturbed, killed, holds } = stands;
      const reference = await begin(undisturbed.api, kind);
      await settled(undisturbed, reference);
      const places = await placesOf(undisturbed, reference);
      expect(places.length).toBeGreaterThan(2);
      const points = places.flatMap((place) => MET.map((point) => ({ ...place, point })));
      await holds.arm(kind, points);
      const id = await begin(killed.api, kind);
      const kills = await stands.killAtEachHold(id);
      const missed = await holds.clear();
      expect(missed.filter(({ point }) => ALWAYS_MET.includes(point))).toEqual([]);
      expect(kills.length).toBeGreaterThanOrEqual(places.length);
      await settled(killed, id);
      const [run, other] = await Promise.all([killed.api.finished(id), undisturbed.api.finished(reference)]);
      expect(run.result).toEqual(other.result);
      await stands.expectTheSame(kind);
    },
    600_000,
  );
});
