import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Lanes, openLanes } from "../../src/db/lanes-of-process.js";
import { type Client, createPool, type Pool } from "../../src/db/pool.js";
import { ClientGoneError } from "../../src/errors/limit-errors.js";
import { RequestScope } from "../../src/observability/request-scope.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { until } from "../support/until.js";

let database: TestDatabase;
let watch: Pool;
let lanes: Lanes & { end(): Promise<void> };
beforeAll(async () => {
  database = await createDatabase();
  watch = createPool(database.url, 1);
});
afterAll(async () => {
  await watch.end();
  await database.drop();
});
afterEach(() => lanes.end());

function open(timeoutMs = 0): void {
  lanes = openLanes(
    { url: database.url, pooled: false },
    { connections: REQUEST_CONNECTIONS + 10, runs: 0, timeoutMs, endGraceMs: 200 },
  );
}
/** Most of the requests. */
const REQUEST_CONNECTIONS = 14;
/** One request of a caller, in which `work` is done. */
function request<T>(caller: string, work: () => Promise<T>): { scope: RequestScope; answer: Promise<T> } {
  const scope = new RequestScope(caller, "a test's request");
  scope.caller = caller;
  const answer = scope.run(work);
  answer.catch(() => {});
  return { scope, answer };
}
/** As many requests, each of a caller of its own, as there are connections for them; until they are released. */
async function fill(): Promise<() => void> {
  const clients = await Promise.all(
    Array.from(
      { length: REQUEST_CONNECTIONS },
      (_, n) => request(`filler ${n}`, () => lanes.requests.connect()).answer,
    ),
  );
  return () => {
    for (const client of clients) client.release();
  };
}
const SHOW = "show max_parallel_workers_per_gather";
const ONE = "select 1 as one";
const connections = async (asked: string): Promise<number> => {
  const { rows } = await watch.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and position($1 in query) > 0",
    [asked],
  );
  return rows[0]!.n;
};

it("health, tokens, predictions, subscriptions and upkeep are answered while requests have all they can have", async () => {
  open();
  const release = await fill();
  const waits = request("late", () => lanes.requests.query(ONE));
  for (const lane of ["health", "auth", "predictions", "streams", "background"] as const) {
    expect((await lanes[lane].query(ONE)).rows).toEqual([{ one: 1 }]);
  }
  expect(lanes.requests.waitingCount).toBe(1);
  release();
  expect((await waits.answer).rows).toEqual([{ one: 1 }]);
});

it("who comes when too many wait is told at once that it is busy, and when to try again", async () => {
  open();
  const release = await fill();
  const waiting = Array.from(
    { length: 100 },
    () => request("greedy", () => lanes.requests.query(ONE)).answer,
  );
  await expect(request("greedy", () => lanes.requests.query(ONE)).answer).rejects.toMatchObject({
    code: "SERVICE_BUSY",
    message:
      "busy: all connections for requests are in use, and 100 requests of the same caller wait already; nothing was done, try again in 1 s",
    details: { retryAfterSeconds: 1 },
  });
  // There is room for others, up to twice as many.
  const others = Array.from(
    { length: 100 },
    (_, n) => request(`other ${n}`, () => lanes.requests.query(ONE)).answer,
  );
  await expect(request("one more", () => lanes.requests.query(ONE)).answer).rejects.toMatchObject({
    code: "SERVICE_BUSY",
    message: expect.stringContaining("200 requests wait already"),
  });
  release();
  expect(await Promise.all([...waiting, ...others])).toHaveLength(200);
});

it("what is abandoned is dropped from the queue, and never sent", async () => {
  open();
  await lanes.background.query("create table asked (who text)");
  const release = await fill();
  const gone = request("gone", () => lanes.requests.query("insert into asked values ('gone')"));
  const stays = request("stays", () => lanes.requests.query("insert into asked values ('stays')"));
  gone.scope.end(new ClientGoneError());
  await expect(gone.answer).rejects.toMatchObject({ code: "CLIENT_CLOSED_REQUEST" });
  expect(lanes.requests.waitingCount).toBe(1);
  release();
  await stays.answer;
  expect((await watch.query("select who from asked")).rows).toEqual([{ who: "stays" }]);
});

it("callers take turns, however much one of them has asked for", async () => {
  open();
  const release = await fill();
  const order: string[] = [];
  const ask = (caller: string) =>
    request(caller, async () => {
      const client = await lanes.requests.connect();
      order.push(caller);
      return client;
    }).answer;
  const all = [...Array.from({ length: 30 }, () => ask("greedy")), ask("modest")];
  release();
  await until("the modest one had its turn", () => order.includes("modest"));
  expect(order.indexOf("modest")).toBeLessThan(2);
  // Those that have a connection now free it for the others.
  let released = 0;
  for (const answer of all) {
    (await answer).release();
    released++;
  }
  expect(released).toBe(31);
});

it("one request has at most four connections at a time, and everybody else the rest", async () => {
  open();
  const held: Client[] = [];
  const greedy = request("greedy", () =>
    Promise.all(
      Array.from({ length: 10 }, async () => {
        held.push(await lanes.requests.connect());
      }),
    ),
  );
  await until("it has four", () => held.length === 4);
  expect((await request("other", () => lanes.requests.query(ONE)).answer).rows).toEqual([{ one: 1 }]);
  expect([held.length, lanes.requests.waitingCount]).toEqual([4, 6]);
  for (let n = 0; n < 10; n++) {
    await until("there is one to release", () => held.length > n);
    held[n]!.release();
  }
  await greedy.answer;
});

it("a connection that goes from one lane to another takes its settings, both ways", async () => {
  open(12_345);
  const settings = async (lane: Pool) => {
    const { rows } = await lane.query(
      `select current_setting('statement_timeout') as timeout, current_setting('plan_cache_mode') as plans,
         current_setting('max_parallel_workers_per_gather') as beside`,
    );
    return rows[0];
  };
  const release = await fill();
  release();
  // All shared connections were opened for requests; upkeep needs more than those reserved for it.
  const clients = await Promise.all(Array.from({ length: 5 }, () => lanes.background.connect()));
  for (const client of clients) {
    expect((await client.query("show statement_timeout")).rows).toEqual([{ statement_timeout: "0" }]);
  }
  for (const client of clients) client.release();
  expect(await settings(lanes.requests)).toEqual({ timeout: "12345ms", plans: "auto", beside: "2" });
  expect(await settings(lanes.predictions)).toEqual({
    timeout: "12345ms",
    plans: "force_generic_plan",
    beside: "2",
  });
  expect(await settings(lanes.background)).toEqual({ timeout: "0", plans: "auto", beside: "0" });
});

it("a statement that fails leaves its connection as good as it was; one that is lost is replaced", async () => {
  open();
  const pid = async () => (await lanes.requests.query("select pg_backend_pid() as pid")).rows[0].pid;
  const first = await pid();
  await expect(lanes.requests.query("select nonsense")).rejects.toMatchObject({ code: "42703" });
  expect(await pid()).toBe(first);
  await watch.query("select pg_terminate_backend($1)", [first]);
  await until("it is noticed", () => lanes.requests.totalCount === 0);
  expect(await pid()).not.toBe(first);
});

it("the end waits for what is under way, cuts what takes longer, and refuses what comes after", async () => {
  open();
  const cut = lanes.background.query("select pg_sleep(60)").catch((error: Error) => error.message);
  await until("it runs", async () => (await connections("pg_sleep")) === 1);
  await lanes.end();
  expect(await cut).toMatch(/terminated/);
  await expect(lanes.requests.query(ONE)).rejects.toThrow("Cannot use a pool after calling end on the pool");
});

describe("four connections for everything", () => {
  const openFour = () => {
    lanes = openLanes(
      { url: database.url, pooled: false },
      { connections: 4, runs: 0, timeoutMs: 0, endGraceMs: 200 },
    );
  };
  // A session that was cut sleeps on.
  beforeAll(() =>
    watch.query(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    ),
  );
  const QUICK = ["health", "auth", "predictions", "streams"] as const;

  it("are never more, whatever is asked; each of requests, upkeep and the rest has one", async () => {
    await until("those of the test before are gone", async () => (await opened()) === 0);
    openFour();
    const everything = Array.from({ length: 40 }, (_, n) => [
      request(`caller ${n}`, () => lanes.requests.query("select pg_sleep(0.01)")).answer,
      lanes.background.query("select pg_sleep(0.01)"),
      ...QUICK.map((lane) => lanes[lane].query(ONE)),
    ]).flat();
    const done = Promise.all(everything);
    const most = await greatest(done);
    await done;
    expect(most).toBe(4);
    const held = [await lanes.requests.connect(), await lanes.requests.connect()];
    const upkeep = await lanes.background.connect();
    for (const lane of QUICK) expect((await lanes[lane].query(ONE)).rows).toEqual([{ one: 1 }]);
    expect(await opened()).toBe(4);
    for (const client of [...held, upkeep]) client.release();
  });

  it("go from one use to another with its settings", async () => {
    openFour();
    const plans = async (lane: Pool) => (await lane.query("show plan_cache_mode")).rows[0].plan_cache_mode;
    const beside = async (lane: Pool) => Object.values((await lane.query(SHOW)).rows[0])[0];
    for (let turn = 0; turn < 3; turn++) {
      const both = [await lanes.predictions.connect(), await lanes.predictions.connect()];
      for (const client of both) client.release();
      expect(await plans(lanes.predictions)).toBe("force_generic_plan");
      expect([await plans(lanes.auth), await plans(lanes.background)]).toEqual(["auto", "auto"]);
      expect(await beside(lanes.background)).toBe("0");
      expect(await beside(lanes.requests)).toBe("2");
    }
  });

  it("cancel what a request abandoned, though it has all that requests can have", async () => {
    openFour();
    const gone = request("gone", () =>
      Promise.all([lanes.requests.query("select pg_sleep(60)"), lanes.requests.query("select pg_sleep(60)")]),
    );
    await until("both run", async () => (await connections("pg_sleep(60)")) === 2);
    gone.scope.end(new ClientGoneError());
    await expect(gone.answer).rejects.toMatchObject({ code: "CLIENT_CLOSED_REQUEST" });
    await until("neither runs", async () => {
      const { rows } = await watch.query(
        "select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep(60)%' and pid <> pg_backend_pid()",
      );
      return rows.length === 0;
    });
  });

  /** Connections that are open now. */
  const opened = async (): Promise<number> => {
    const { rows } = await watch.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    return rows[0]!.n;
  };
  async function greatest(done: Promise<unknown>): Promise<number> {
    let most = 0;
    let ended = false;
    void done.finally(() => {
      ended = true;
    });
    while (!ended) most = Math.max(most, await opened());
    return most;
  }
});
