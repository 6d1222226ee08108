import { DBOS } from "@dbos-inc/dbos-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { DBOS_SCHEMA } from "../../../src/jobs/engine/dbos-internals.js";
import { connectClient, type RunClient } from "../../../src/jobs/engine/dispatcher.js";
import { SCHEDULED_WORKFLOW } from "../../../src/jobs/engine/engine.js";
import { adoptSchedules } from "../../../src/jobs/schedules/adopt-schedules.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { createDatabase, createMigratedDatabase, type TestDatabase } from "../../support/database.js";
import { makeLegacyHomeWithData } from "../../support/legacy-home.js";
import { until } from "../../support/until.js";

/** As 0.1.0 kept one: set over its API, paused by it, and fired by DBOS. */
interface Kept {
  name: string;
  cron: string;
  timezone: string;
  kind: string;
  params: Record<string, unknown>;
  catchUp: boolean;
  paused?: boolean;
  lastFiredAt?: string;
}

async function keep(client: RunClient, pool: Pool, schedules: readonly Kept[]): Promise<void> {
  for (const { name, cron, timezone, kind, params, catchUp, paused, lastFiredAt } of schedules) {
    await client.applySchedules([
      {
        scheduleName: name,
        workflowName: SCHEDULED_WORKFLOW,
        schedule: cron,
        context: { name, kind, params, timezone, actor: "of 0.1.0" },
        automaticBackfill: catchUp,
        cronTimezone: timezone,
      },
    ]);
    if (paused) await client.pauseSchedule(name);
    if (lastFiredAt)
      await pool.query(
        `update ${DBOS_SCHEMA}.workflow_schedules set last_fired_at = $2 where schedule_name = $1`,
        [name, lastFiredAt],
      );
  }
}

const hoursAgo = (hours: number): Date => {
  const at = new Date(Date.now() - hours * 3_600_000);
  at.setUTCMinutes(0, 0, 0);
  return at;
};

const KEPT: Kept[] = [
  {
    ...{ name: "monthly", cron: "0 3 1 * *", timezone: "Europe/Berlin", kind: "INGEST", catchUp: false },
    params: { source: "month_{previous_month}", asOf: "{previous_month_end}" },
    lastFiredAt: "2024-02-01T02:00:00.000Z",
  },
  {
    ...{
      name: "hourly",
      cron: "0 * * * *",
      timezone: "UTC",
      kind: "VERIFY_PARITY",
      params: {},
      catchUp: true,
    },
    lastFiredAt: hoursAgo(3).toISOString(),
  },
  {
    ...{
      name: "waits",
      cron: "* * * * *",
      timezone: "UTC",
      kind: "MATERIALIZE",
      catchUp: false,
      paused: true,
    },
    params: { asOf: null },
  },
  {
    ...{ name: "waits to catch up", cron: "0 * * * *", timezone: "UTC", kind: "VERIFY_PARITY", params: {} },
    ...{ catchUp: true, paused: true, lastFiredAt: hoursAgo(5).toISOString() },
  },
];

describe("the schedules of a home of 0.1.0", () => {
  let database: TestDatabase;
  let app: TestApp;
  let startedAt: number;
  beforeAll(async () => {
    database = await createDatabase();
    await makeLegacyHomeWithData(database.url);
    startedAt = Date.now();
    app = await startTestApp({
      databaseUrl: database.url,
      prepare: async (url) => {
        await DBOS.migrate(url, { schemaName: DBOS_SCHEMA });
        const pool = createPool(url, 1);
        const client = await connectClient(url);
        await keep(client, pool, KEPT);
        await client.destroy();
        await pool.end();
      },
    });
  });
  afterAll(async () => {
    await app?.stop();
    await database?.drop();
  });

  const listed = async () =>
    (
      await app.client.query(
        "{ schedules { name cron timezone kind params catchUp paused actor lastFiredAt nextAt } }",
      )
    ).schedules;

  it("are listed as they were set, paused ones paused, and are gone from where it kept them", async () => {
    const found = await listed();
    expect(found.map(({ name }: Kept) => name)).toEqual(["hourly", "monthly", "waits", "waits to catch up"]);
    for (const { lastFiredAt, ...kept } of KEPT) {
      const schedule = found.find(({ name }: Kept) => name === kept.name);
      expect(schedule).toMatchObject({ paused: false, ...kept, actor: "of 0.1.0" });
      if (kept.name !== "hourly") expect(schedule.lastFiredAt).toBe(lastFiredAt ?? null);
      if (kept.paused) expect(schedule.nextAt).toBeNull();
      else expect(Date.parse(schedule.nextAt)).toBeGreaterThan(startedAt - 1);
    }
    expect(await app.sql(`select schedule_name from ${DBOS_SCHEMA}.workflow_schedules`)).toEqual([]);
  });

  it("start what they missed since they last fired where they are to catch up, once, and nothing else", async () => {
    const firings = async (name: string) => {
      const { schedules } = await app.client.query(
        "{ schedules { name firings(first: 100) { scheduledFor run { status actor } error { message } } } }",
      );
      return schedules.find((each: Kept) => each.name === name).firings;
    };
    const due = [2, 1, 0].map((hours) => hoursAgo(hours).toISOString());
    const caughtUp = await until("it has caught up", async () => {
      const all = await firings("hourly");
      return all.length >= due.length && all;
    });
    // A new hour may have begun.
    expect(caughtUp.map(({ scheduledFor }: any) => scheduledFor).reverse()).toEqual(
      expect.arrayContaining(due.slice(0, 2)),
    );
    for (const { run, error } of caughtUp) expect([run.actor, error]).toEqual(["schedule:hourly", null]);
    for (const name of ["monthly", "waits", "waits to catch up"]) expect(await firings(name)).toEqual([]);
  });

  it("catch up with what was missed while they were paused once they are resumed", async () => {
    const { resumeSchedule } = await app.client.query(
      'mutation { resumeSchedule(name: "waits to catch up") { paused nextAt } }',
    );
    expect(resumeSchedule).toEqual({ paused: false, nextAt: hoursAgo(4).toISOString() });
  });
});

describe("taking over", () => {
  let database: TestDatabase;
  let pool: Pool;
  let client: RunClient;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    pool = createPool(database.url, 4);
    client = await connectClient(database.url);
  });
  afterAll(async () => {
    await client?.destroy();
    await pool?.end();
    await database?.drop();
  });
  const adopted = async () =>
    (await pool.query("select name, cron, params from run_schedules order by name")).rows;

  it("by several processes at once makes each schedule once", async () => {
    await keep(client, pool, KEPT);
    await Promise.all(Array.from({ length: 4 }, () => adoptSchedules(client, pool)));
    expect((await adopted()).map(({ name }) => name)).toEqual(KEPT.map(({ name }) => name).sort());
    expect(await client.listSchedules()).toEqual([]);
  });

  it("again changes nothing that was set since", async () => {
    await pool.query("update run_schedules set cron = '5 * * * *' where name = 'hourly'");
    // As it is where a process died between the two: taken over, and not yet deleted.
    await keep(client, pool, KEPT);
    await adoptSchedules(client, pool);
    expect((await adopted()).find(({ name }) => name === "hourly")).toMatchObject({ cron: "5 * * * *" });
    expect(await client.listSchedules()).toEqual([]);
  });

  it("leaves one that cannot be read where it is, and takes the others over", async () => {
    await pool.query("delete from run_schedules");
    await keep(client, pool, KEPT);
    await pool.query(
      `update ${DBOS_SCHEMA}.workflow_schedules set schedule = 'never' where schedule_name = 'hourly'`,
    );
    await adoptSchedules(client, pool);
    expect((await adopted()).map(({ name }) => name)).toEqual(["monthly", "waits", "waits to catch up"]);
    expect((await client.listSchedules()).map(({ scheduleName }) => scheduleName)).toEqual(["hourly"]);
  });
});
