import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Listener } from "../../src/db/listener.js";
import { createPool, type Pool, type Queryable } from "../../src/db/pool.js";
import { EventHub } from "../../src/registry/event-hub.js";
import { LiveQueue } from "../../src/registry/live-queue.js";
import type { RunEvent } from "../../src/registry/run.js";
import { RunTracker } from "../../src/registry/run-tracker.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { until } from "../support/until.js";

const RUN = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";

describe("EventHub", () => {
  let database: TestDatabase;
  let pool: Pool;
  let listener: Listener;
  let hub: EventHub;
  let failing = 0;

  beforeAll(async () => {
    database = await createMigratedDatabase();
    pool = createPool(database.url, 5);
    for (const id of [RUN, OTHER])
      await new RunTracker(pool).create({ id, kind: "INGEST", params: {}, actor: "tester" });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(async () => {
    failing = 0;
    const query = (...args: unknown[]) => {
      if (failing-- > 0) return Promise.reject(new Error("Connection terminated unexpectedly"));
      return (pool.query as (...given: unknown[]) => unknown)(...args);
    };
    listener = new Listener(database.url);
    hub = new EventHub({ query } as Queryable, listener);
    await listener.start();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    hub.close();
    await listener.close();
  });

  const append = (runId: string, message: string) =>
    new RunTracker(pool).event(runId, { type: "LOG", message });
  const appendMany = (runId: string, count: number) =>
    pool.query(
      "select asof_append_run_event($1, 'LOG', null, null, n::text, null, null) from generate_series(1, $2) n",
      [runId, count],
    );

  /** Takes everything as it comes. */
  function take(events: AsyncIterable<RunEvent>) {
    const taken: string[] = [];
    const done = (async () => {
      for await (const { message } of events) taken.push(message);
    })();
    return { taken, done };
  }

  it("lets go of a subscriber that leaves: before its first event, while it waits, and in the middle", async () => {
    const push = vi.spyOn(LiveQueue.prototype, "push");
    const unread = hub.follow(RUN, null);
    await unread.return!();
    const waiting = hub.follow(null, null);
    const pending = waiting.next();
    await append(RUN, "a");
    await pending;
    const again = waiting.next();
    await waiting.return!();
    expect(await again).toEqual({ done: true, value: undefined });
    const replaying = hub.follow(RUN, null);
    await replaying.next();
    await replaying.return!();
    push.mockClear();
    const witness = take(hub.follow(null, null));
    // Asked for before it: the hub has handed out what comes first. Its own first event may come by its replay.
    await until("the witness got one", async () => {
      await append(RUN, "b");
      return witness.taken.length > 0 && push.mock.calls.length > 0;
    });
    const queues = new Set(push.mock.contexts);
    expect(queues.size).toBe(1);
  });

  it("lets go of a subscriber whose replay failed", async () => {
    const push = vi.spyOn(LiveQueue.prototype, "push");
    const follower = hub.follow(RUN, "0");
    failing = 1;
    await expect(follower.next()).rejects.toThrow("Connection terminated unexpectedly");
    const witness = take(hub.follow(null, null));
    await until("the witness got one", async () => {
      await append(RUN, "c");
      return witness.taken.length > 0 && push.mock.calls.length > 0;
    });
    expect(new Set(push.mock.contexts).size).toBe(1);
  });

  it("hands out an event though the reading it announced failed", async () => {
    const follower = take(hub.follow(OTHER, null));
    await until("the replay is over", () => follower.taken.length > 0);
    failing = 3;
    await append(OTHER, "announced once");
    await until("it came", () => follower.taken.includes("announced once"));
  });

  it("a subscriber that falls far behind reads on from the table: nothing missed, nothing twice", async () => {
    const follower = hub.follow(RUN, null);
    const first = await follower.next();
    const taken = [first.value.id];
    for (let n = 0; n < 3; n++) await appendMany(RUN, 1_500);
    const other = take(hub.follow(OTHER, null));
    await append(OTHER, "last");
    await until("the hub has handed them out", () => other.taken.includes("last"));
    const { rows } = await pool.query("select id from run_events where run_id = $1 order by id", [RUN]);
    while (taken.length < rows.length) taken.push((await follower.next()).value.id);
    expect(taken).toEqual(rows.map(({ id }) => id));
    // And live again.
    await append(RUN, "after all");
    expect((await follower.next()).value).toMatchObject({ message: "after all" });
  });

  it("replay and live tail meet without a gap while events are being written", async () => {
    let writing = true;
    const writer = (async () => {
      for (let n = 0; writing; n++) await append(OTHER, `n${n}`);
    })();
    const followers: { ids: string[]; done: Promise<void>; stop(): void }[] = [];
    for (let n = 0; n < 30; n++) {
      const events = hub.follow(n % 2 ? OTHER : null, n % 3 ? "0" : null);
      const ids: string[] = [];
      const done = (async () => {
        for await (const { id, runId } of events) if (runId === OTHER) ids.push(id);
      })();
      followers.push({ ids, done, stop: () => void events.return!() });
      await until("it has begun", () => ids.length > 0);
    }
    writing = false;
    await writer;
    const { rows } = await pool.query<{ id: string }>(
      "select id from run_events where run_id = $1 order by id",
      [OTHER],
    );
    const all = rows.map(({ id }) => id);
    for (const { ids, stop, done } of followers) {
      await until("it has got the last one", () => ids.at(-1) === all.at(-1));
      expect(ids).toEqual(all.slice(all.indexOf(ids[0]!)));
      stop();
      await done;
    }
  });

  it("ends every subscription when it is closed", async () => {
    const followers = [take(hub.follow(RUN, null)), take(hub.follow(null, null))];
    await until("one has begun", () => followers[0]!.taken.length > 0);
    hub.close();
    await Promise.all(followers.map(({ done }) => done));
  });
});
