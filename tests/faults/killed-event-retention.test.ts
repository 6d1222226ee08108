import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asof } from "../support/cli.js";
import { type Cluster, startCluster, waitsFor } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import { definitions } from "../support/deployment/kept-events.js";
import { ownMigrations } from "../support/deployment.js";
import { ownProgram } from "../support/own-program.js";
import { until } from "../support/until.js";

const DATES = ["2023-10-31", "2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"];
const APPLY =
  "mutation { applyEventRetention(dryRun: false) { sources { eventsFrom months { month outcome } frozen { asOf } } } }";

const migrations = ownMigrations();
let cluster: Cluster;
let env: Record<string, string>;

beforeAll(async () => {
  await migrations.generate(definitions);
  cluster = await startCluster({ empty: true });
  env = await ownProgram(cluster.dataDir, "./tests/support/deployment/kept-events.js", migrations.folder);
  const engine = await cluster.start("all", env);
  for (const [number, asOf] of DATES.entries()) {
    writeDelivery(cluster.dataDir, asOf, {
      customers: ["customer_id,region", "C1,north"],
      orders: ["customer_id,order_no,at,dollars", `C1,${number},${asOf}T12:00:00Z,1`],
    });
    expect(await engine.client.ingest(asOf, asOf)).toMatchObject({ error: null });
  }
  expect(await engine.stop()).toBe(0);
}, 120_000);
afterAll(async () => {
  await cluster?.stop();
  migrations.remove();
});

/** The months whose events are there, and those on record as dropped. */
async function state() {
  const there = await cluster.sql<{ month: string }>(
    "select distinct date_trunc('month', asof_event_date)::date as month from orders_events order by 1",
  );
  const dropped = await cluster.sql<{ month: string }>("select month from event_drops order by 1");
  return { there: there.map(({ month }) => month), dropped: dropped.map(({ month }) => month) };
}

/** Kills the process that was asked when it waits for the table, which a session has locked. */
async function killAt(table: string, mode: string): Promise<void> {
  const url = new URL(cluster.url);
  url.searchParams.set("application_name", "victim");
  const process = await cluster.start("api", { ...env, DATABASE_URL: url.href });
  const session = await cluster.session();
  await session.query(`begin; lock table ${table} in ${mode} mode`);
  const answer = process.client.raw(APPLY).catch(() => "none");
  await waitsFor(cluster.sql, table);
  await process.kill();
  expect(await answer).toBe("none");
  await session.query("rollback");
  await until("its sessions are gone", async () => {
    const sessions = await cluster.sql("select 1 from pg_stat_activity where application_name = 'victim'");
    return sessions.length === 0;
  });
}

describe("a process that is killed (SIGKILL) while it drops months of events", () => {
  const [oct, nov, dec, ...kept] = DATES.map((date) => `${date.slice(0, 7)}-01`);

  it("leaves a month that it was about to drop, with nothing on record", async () => {
    await killAt("event_drops", "share");
    expect(await state()).toEqual({ there: [oct, nov, dec, ...kept], dropped: [] });
  });

  it("leaves on record what it has dropped, and the rest to whoever is asked again", async () => {
    await killAt("orders_events_202311", "access share");
    expect(await state()).toEqual({ there: [nov, dec, ...kept], dropped: [oct] });
    const { client } = await cluster.start("api", env);
    const { applyEventRetention } = await client.query(APPLY);
    expect(applyEventRetention.sources).toEqual([
      {
        eventsFrom: "2024-01-01",
        months: [nov, dec].map((month) => ({ month, outcome: "DROPPED" })),
        frozen: DATES.slice(2, 4).map((asOf) => ({ asOf })),
      },
    ]);
    expect(await state()).toEqual({ there: kept, dropped: [oct, nov, dec] });
  });
});

describe("asof plan, once events are gone", () => {
  const planOf = async (name: string, shop: string) => {
    const folder = join(cluster.dataDir, name);
    mkdirSync(folder);
    const events = resolve("tests/support/deployment/kept-events.ts");
    writeFileSync(
      join(folder, "changed.ts"),
      `import { shop } from ${JSON.stringify(events)};\nexport const definitions = ${shop};\n`,
    );
    const changed = await ownProgram(folder, join(folder, "changed.ts"), migrations.folder);
    return asof(["plan"], { ...changed, DATABASE_URL: cluster.url, ASOF_HOME: cluster.dataDir });
  };

  it("names what keeping them for another time does", async () => {
    const { code, out } = await planOf("longer", "shop(60, 800)");
    expect(out).toContain(
      "  ~ orders keeps events of 800 days, where it kept events of 91 days; asof event-retention shows what would go, and what is gone does not come back\n",
    );
    expect(code).toBe(0);
  });

  it("refuses a window that sees further back than there are events, with the date from which on it could", async () => {
    const { code, out } = await planOf("further", "shop(400, null)");
    expect(out).toContain(
      "No snapshot can be made: view spending is short of events: spend sees 400 days of events, and those of orders before 2024-01-01 were dropped; it can be computed as of 2025-02-03 and later",
    );
    expect(code).toBe(1);
  });
});
