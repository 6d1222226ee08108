import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createClient } from "../../src/db/pool.js";
import { type Asof, startAsof } from "../../src/process/app.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { GraphQLClient } from "../support/graphql.js";
import { subscribe } from "../support/subscribe.js";
import { until } from "../support/until.js";

const LIMIT_MS = 400;
/** On a busy machine; without the limit they would wait for as long as the lock is held. */
const SOON_MS = 10_000;
const USERS = "{ users(first: 1) { nodes { userId } } }";

let app: TestApp;
/** Answers requests however long they take. */
let patient: Asof;
let setUp: GraphQLClient;
let blocker: ReturnType<typeof createClient>;
beforeAll(async () => {
  app = await startTestApp({ requestTimeoutMs: LIMIT_MS });
  writeDelivery(app.dataDir, "month", smallDelivery(userIds(20)));
  const config = { ...app.asof.config, role: "api", requestTimeoutMs: 0 } as const;
  patient = await startAsof(config, definitions, pino({ level: "silent" }));
  setUp = new GraphQLClient(patient.address);
  expect(await setUp.ingest("month", "2024-01-31")).toMatchObject({ error: null });
  blocker = createClient(app.url);
  await blocker.connect();
});
afterAll(async () => {
  await blocker?.end();
  await patient?.close();
  await app?.stop();
});

/** Whoever reads one of the tables waits until `work` is done. */
async function locked(tables: string, work: () => Promise<void>): Promise<void> {
  await blocker.query(`begin; lock table ${tables} in access exclusive mode`);
  await work().finally(() => blocker.query("commit"));
}
const waiting = async (): Promise<number> => {
  const [row] = await app.sql<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return row!.n;
};
const post = (path: string, body: unknown, address = app.asof.address, signal?: AbortSignal) =>
  fetch(`${address}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });

it("a request that takes too long is answered typed, and its statement is gone from the database", async () => {
  await locked("users", async () => {
    const since = Date.now();
    const response = await post("/graphql", { query: USERS });
    expect(Date.now() - since).toBeLessThan(SOON_MS);
    expect(response.status).toBe(504);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: expect.stringMatching(
            /^the request was not answered within 400 ms: .*raise REQUEST_TIMEOUT_MS$/,
          ),
          extensions: { code: "REQUEST_TIMEOUT", limitMs: LIMIT_MS },
        },
      ],
    });
    await until("nothing waits for the lock", async () => (await waiting()) === 0);
  });
  expect(await setUp.query(USERS)).toEqual({ users: { nodes: [{ userId: "U-00000" }] } });
});

it("what several requests wait for together ends, too: by the server", async () => {
  await locked("usage_agg_30d_online", async () => {
    const asked = userIds(3).map((id) => fetch(`${app.asof.address}/features/${id}`));
    for (const response of await Promise.all(asked)) {
      expect(response.status).toBe(504);
      expect((await response.json()).error).toMatchObject({ code: "REQUEST_TIMEOUT", limit_ms: LIMIT_MS });
    }
    await until("nothing waits for the lock", async () => (await waiting()) === 0);
  });
  expect((await fetch(`${patient.address}/features/U-00000`)).status).toBe(200);
});

it("a mutation that is stopped has changed nothing", async () => {
  const run = { name: "slow" };
  const create = "mutation($run: CreateRunInput!) { createRun(input: $run) { id } }";
  await locked("run_events", async () => {
    const { errors } = (await (await post("/graphql", { query: create, variables: { run } })).json()) as any;
    expect(errors[0].extensions.code).toBe("REQUEST_TIMEOUT");
    await until("nothing waits for the lock", async () => (await waiting()) === 0);
  });
  expect(await app.sql("select kind from runs where kind = 'EXTERNAL'")).toEqual([]);
});

it("an operation over WebSocket is bound like one over HTTP", async () => {
  await locked("users", async () => {
    const operation = subscribe(app.asof.address, "users", USERS);
    await until("it is answered", () => operation.errors.length > 0);
    expect(operation.errors[0]!.extensions).toEqual({ code: "REQUEST_TIMEOUT", limitMs: LIMIT_MS });
    expect(operation.errors[0]!.message).toContain(`the request was not answered within ${LIMIT_MS} ms`);
    await until("nothing waits for the lock", async () => (await waiting()) === 0);
    await operation.leave();
  });
});

it("a run waits for as long as it must", async () => {
  writeDelivery(app.dataDir, "next", smallDelivery(userIds(21)));
  const { ingest } = await setUp.query(
    'mutation { ingest(input: { source: "next", asOf: "2024-02-29" }) { id } }',
  );
  const since = Date.now();
  await locked("payments_agg_90d", async () => {
    await until("it waits for the lock", async () => (await waiting()) > 0);
    await until("a request would have been stopped", () => Date.now() - since > 4 * LIMIT_MS);
    expect(await waiting()).toBeGreaterThan(0);
  });
  expect(await setUp.finished(ingest.id)).toMatchObject({ status: "SUCCEEDED", error: null });
});

it("what nobody waits for any more is cancelled: a query whose client is gone, no mutation", async () => {
  await locked("users, run_events", async () => {
    const [query, mutation] = [new AbortController(), new AbortController()];
    const gone = [
      post("/graphql", { query: USERS }, patient.address, query.signal),
      post(
        "/graphql",
        { query: 'mutation { createRun(input: { name: "kept" }) { id } }' },
        patient.address,
        mutation.signal,
      ),
    ].map((asked) => asked.catch((error: Error) => error.name));
    await until("both wait for a lock", async () => (await waiting()) === 2);
    mutation.abort();
    query.abort();
    expect(await Promise.all(gone)).toEqual(["AbortError", "AbortError"]);
    await until("one waits", async () => (await waiting()) === 1);
  });
  await until("the mutation is done", async () => {
    const runs = await app.sql("select id from runs where kind = 'EXTERNAL'");
    return runs.length === 1;
  });
});

it("a prediction by a named version is cancelled with its client, though predictions about now know of no request", async () => {
  await locked("model_versions", async () => {
    const client = new AbortController();
    const gone = post("/predict", { user_id: "U-00000", version: 1 }, patient.address, client.signal);
    const outcome = gone.catch((error: Error) => error.name);
    await until("it waits for the lock", async () => (await waiting()) === 1);
    client.abort();
    expect(await outcome).toBe("AbortError");
    await until("nothing waits", async () => (await waiting()) === 0);
  });
});
