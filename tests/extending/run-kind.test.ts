import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { builtInRunKinds, runKinds } from "../../src/jobs/run-kinds.js";
import {
  type ExecutedKind,
  fields,
  nothingToCleanUp,
  outcome,
  runKind,
  SnapshotNotFoundError,
  snapshotReference,
  trainsNothing,
} from "../../src/process/front.js";
import { roleOf } from "../../src/resolvers/needs.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { until } from "../support/until.js";

const JANUARY = "2024-01-31";

/** Whether a run waits within its step, as one does that has much to do. */
let waits = false;

/** What a deployment that bills by rows would add. */
const countRows = runKind({
  name: "COUNT_ROWS",
  description: "Counts the rows of a snapshot.",
  queue: "asof_export",
  schedulable: true,
  fillsOnlineStore: false,
  holds: "nothing",
  mutation: {
    name: "countRows",
    description: "Counts the rows of a snapshot, part by part. Its result: rows.",
    role: "operator",
    input: "CountRowsInput",
    beside: [],
  },
  request: () =>
    z.strictObject({
      asOf: fields.calendarDate().describe("The snapshot that is counted."),
      price: fields.ranged(z.number(), { min: 0, max: 10 }).default(2).describe("Of one row, 0 to 10."),
      currency: fields.named(z.enum(["EUR", "USD"]), { type: "Currency" }).nullish(),
    }),
  params: z.object({ snapshotId: z.number(), price: z.number(), asOf: z.string(), revision: z.number() }),
  pin: async ({ asOf, price }, { snapshots }) => {
    const snapshot = await snapshots.find(asOf);
    if (!snapshot) throw new SnapshotNotFoundError(asOf);
    return { snapshotId: snapshot.id, price, asOf, revision: snapshot.revision };
  },
  execute: async ({ runId, params, step, write }, { pool }) => {
    const rows = await step("count", async ({ signal, log }) => {
      while (waits) {
        signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const counted = await pool.query<{ rows: number }>(
        "select sum(row_count)::int as rows from snapshot_parts where snapshot_id = $1",
        [params.snapshotId],
      );
      await log(`${counted.rows[0]!.rows} rows`);
      return counted.rows[0]!.rows;
    });
    const price = rows * params.price;
    await step("bill", () =>
      write((_, tracker) => tracker.saveMetrics(runId, [{ name: "price", value: price }])),
    );
    return { rows, asOf: params.asOf, revision: params.revision };
  },
  outcome: outcome({
    type: "CountOutcome",
    description: "How many rows a snapshot has.",
    stored: { rows: z.int(), asOf: z.string(), revision: z.int() },
    fields: {
      rows: z.int().describe("Of all parts."),
      snapshot: snapshotReference().describe("The snapshot that was counted."),
    },
    read: ({ rows, asOf, revision }) => ({
      rows,
      snapshot: asOf !== undefined && revision !== undefined ? { asOf, revision } : null,
    }),
  }),
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

let app: TestApp;
beforeAll(async () => {
  runKinds.use([...builtInRunKinds, countRows]);
  app = await startTestApp();
  writeDelivery(app.dataDir, "month", smallDelivery(userIds(20)));
  await app.client.ingest("month", JANUARY);
});
afterAll(async () => {
  await app?.stop();
  runKinds.use(builtInRunKinds);
});

const START = "mutation($input: CountRowsInput!) { countRows(input: $input) { id kind status params } }";
const start = async (input: Record<string, unknown> = {}) =>
  (await app.client.query(START, { input: { asOf: JANUARY, ...input } })).countRows;

describe("a kind of run from outside", () => {
  it("is in the schema: its name, its mutation, and each field with default and description", async () => {
    const { kind, input, currency, mutation } = await app.client.query(`{
      kind: __type(name: "RunKind") { enumValues { name description } }
      input: __type(name: "CountRowsInput") { inputFields { name defaultValue description type { kind } } }
      currency: __type(name: "Currency") { enumValues { name } }
      mutation: __type(name: "Mutation") { fields { name description } } }`);
    expect(kind.enumValues.map(({ name }: any) => name)).toEqual(runKinds.names());
    expect(kind.enumValues.at(-1)).toEqual({ name: "COUNT_ROWS", description: countRows.description });
    expect(input.inputFields).toMatchObject([
      { name: "asOf", defaultValue: null, description: "The snapshot that is counted." },
      { name: "price", defaultValue: "2", description: "Of one row, 0 to 10.", type: { kind: "NON_NULL" } },
      { name: "currency", defaultValue: null, type: { kind: "ENUM" } },
    ]);
    expect(currency.enumValues).toEqual([{ name: "EUR" }, { name: "USD" }]);
    const { description } = mutation.fields.find(({ name }: any) => name === "countRows");
    expect(description).toBe(countRows.mutation!.description);
    expect(roleOf("Mutation.countRows")).toBe("operator");
  });

  it("is started, followed step by step, filtered by and measured", async () => {
    const started = await start({ price: 3 });
    expect(started).toMatchObject({ kind: "COUNT_ROWS", status: "QUEUED", params: { price: 3 } });
    const run = await app.client.finished(started.id);
    expect(run.status).toBe("SUCCEEDED");
    const { runs } = await app.client.query(`{ runs(where: { kind: COUNT_ROWS }) { nodes {
      id result outcome { __typename ... on CountOutcome { rows snapshot { asOf } } } steps { name status } latestMetrics { name value } events(first: 100) { type step message } } } }`);
    const [{ result, outcome, steps, latestMetrics, events }] = runs.nodes;
    expect(runs.nodes.map(({ id }: any) => id)).toEqual([started.id]);
    expect(result.rows).toBeGreaterThan(0);
    expect(outcome).toEqual({ __typename: "CountOutcome", rows: result.rows, snapshot: { asOf: JANUARY } });
    expect(steps).toEqual([
      { name: "count", status: "SUCCEEDED" },
      { name: "bill", status: "SUCCEEDED" },
    ]);
    expect(latestMetrics).toEqual([{ name: "price", value: result.rows * 3 }]);
    expect(events).toContainEqual({ type: "LOG", step: "count", message: `${result.rows} rows` });
    const metrics = await (await fetch(new URL("/metrics", app.asof.address))).text();
    expect(metrics).toContain('asof_run_duration_seconds_count{kind="COUNT_ROWS",status="SUCCEEDED"} 1');
  });

  it("refuses what its fields and its pin refuse, and creates no run", async () => {
    const refused = (input: object) => app.client.error(START, { input: { asOf: JANUARY, ...input } });
    expect(await refused({ price: 11 })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: "input.price: 11 is out of range; take a value from 0 to 10",
    });
    expect(await refused({ asOf: "2030-01-31" })).toMatchObject({ code: "SNAPSHOT_NOT_FOUND" });
    const [{ count }] = (await app.sql("select count(*)::int from runs where kind = 'COUNT_ROWS'")) as any;
    expect(count).toBe(1);
  });

  it("is cancelled, and retried from its first step", async () => {
    waits = true;
    const { id } = await start();
    const statusOf = async () => (await app.client.query(`{ run(id: "${id}") { status } }`)).run.status;
    await until("it runs", async () => (await statusOf()) === "RUNNING");
    await app.client.query(`mutation { cancelRun(id: "${id}") { id } }`);
    expect(await statusOf()).toBe("CANCELLED");
    waits = false;
    await app.client.query(`mutation { retryRun(id: "${id}") { id } }`);
    expect((await app.client.finished(id)).status).toBe("SUCCEEDED");
    const { run } = await app.client.query(`{ run(id: "${id}") { attempt result } }`);
    expect(run).toMatchObject({ attempt: 2, result: { rows: expect.any(Number) } });
  });

  it("is scheduled with its own fields, checked when the schedule is set", async () => {
    const set = `mutation($input: ScheduleInput!) { setSchedule(input: $input) { kind params } }`;
    const schedule = { name: "bill", cron: "0 4 1 * *", kind: "COUNT_ROWS" };
    expect(await app.client.error(set, { input: { ...schedule, params: { price: 11 } } })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringMatching(/params\.asOf: a date .*params\.price: 11 is out of range/),
    });
    await app.client.query(set, { input: { ...schedule, params: { asOf: JANUARY } } });
    const { runSchedule } = await app.client.query('mutation { runSchedule(name: "bill") { id params } }');
    expect(runSchedule.params).toMatchObject({ price: 2 });
    expect((await app.client.finished(runSchedule.id)).status).toBe("SUCCEEDED");
    const refusal = await app.client.error(set, { input: { ...schedule, kind: "TUNE", params: {} } });
    expect(refusal.message).toMatch(
      /^kind: TUNE runs cannot be scheduled; take one of INGEST, .*, COUNT_ROWS$/,
    );
  });

  it("whose stored parameters this release cannot read fails by their names, and runs nothing", async () => {
    waits = true;
    const { id } = await start();
    await until(
      "it runs",
      async () => (await app.client.query(`{ run(id: "${id}") { status } }`)).run.status === "RUNNING",
    );
    await app.client.query(`mutation { cancelRun(id: "${id}") { id } }`);
    waits = false;
    await app.sql("update runs set params = '{\"price\": 1}' where id = $1", [id]);
    await app.client.query(`mutation { retryRun(id: "${id}") { id } }`);
    const run = await app.client.finished(id);
    expect(run).toMatchObject({
      status: "FAILED",
      error: { code: "CONFLICT", message: expect.stringContaining("snapshotId: a number was expected") },
    });
  });
});

it("a record that lacks a part does not compile", () => {
  const { pin: _, ...incomplete } = countRows;
  // @ts-expect-error what is asked must be pinned
  const record: ExecutedKind<unknown, unknown> = incomplete;
  expect(record.name).toBe("COUNT_ROWS");
});

it("the kinds of run stand in docs/schedules.md as their records have them", () => {
  const documented = readFileSync("docs/schedules.md", "utf8");
  for (const kind of builtInRunKinds) {
    const [mutation, queue, schedulable] =
      kind.executed === "here"
        ? [kind.mutation?.name ?? "registerModel", kind.queue, kind.schedulable ? "yes" : "no"]
        : ["createRun", "–", "no"];
    expect(documented).toContain(
      `| \`${kind.name}\` | ${kind.description} | \`${mutation}\` | ${queue} | ${schedulable} |`,
    );
  }
});
