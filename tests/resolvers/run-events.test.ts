import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster, startIngest } from "../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import type { TestProcess } from "../support/process.js";
import { type EventItem, followRun, hasEnded } from "../support/subscribe.js";
import { until } from "../support/until.js";

/** The run is executed by one process, followed through another. */
describe("runEvents", () => {
  let cluster: Cluster;
  let api: TestProcess;
  let day = 0;

  beforeAll(async () => {
    cluster = await startCluster();
    writeDelivery(cluster.dataDir, "month", smallDelivery(userIds(2_000)));
    [api] = await Promise.all([cluster.start("api"), cluster.start("worker")]);
  });
  afterAll(() => cluster?.stop());

  const address = () => api.client.address;
  const ingest = () => startIngest(api.client, "month", `2024-01-${String(++day).padStart(2, "0")}`);
  const idsInTable = async (runId: string) =>
    (await cluster.sql("select id from run_events where run_id = $1 order by id", [runId])).map(
      ({ id }) => id,
    );
  const ids = (events: EventItem[]) => events.map(({ id }) => id);

  it("of one run tells everything from the beginning, while it runs elsewhere and after", async () => {
    const id = await ingest();
    const live = followRun(address(), id);
    await live.gets("the end", hasEnded);
    const late = followRun(address(), id);
    await late.gets("the end", hasEnded);
    const told = await idsInTable(id);
    expect(ids(live.received)).toEqual(told);
    expect(ids(late.received)).toEqual(told);
    expect(live.received[0]).toMatchObject({ runId: id, type: "STATUS", message: "queued" });
    expect(live.ended).toBe(null);
    await Promise.all([live.leave(), late.leave()]);
  });

  it("after a cursor tells exactly what came after it, to a client that reconnects again and again", async () => {
    const id = await ingest();
    const received: EventItem[] = [];
    while (!received.some(hasEnded)) {
      const after = received.at(-1)?.id ?? null;
      const follower = followRun(address(), id, after);
      const wanted = 3;
      await until(
        "some events came",
        () => follower.received.length >= wanted || follower.received.some(hasEnded),
      );
      // Whatever has come by now counts; the connection is cut with more under way.
      const taken = [...follower.received];
      await follower.leave();
      received.push(...taken);
    }
    expect(ids(received)).toEqual(await idsInTable(id));
  });

  it("reaches 20 subscribers at once, each in full and in order, whenever it came", async () => {
    const id = await ingest();
    const followers = [followRun(address(), id)];
    for (let n = 1; n < 20; n++) {
      // One more whenever the first has got further.
      const sofar = followers[0]!.received.length;
      await until("the run goes on", () => {
        const { received } = followers[0]!;
        return received.length > sofar || received.some(hasEnded);
      });
      followers.push(followRun(address(), id));
    }
    const told = async () => idsInTable(id);
    for (const follower of followers) {
      await follower.gets("the end", hasEnded);
      expect(ids(follower.received)).toEqual(await told());
    }
    await Promise.all(followers.map((follower) => follower.leave()));
  });

  it("of all runs tells what happens from now on; after a cursor, what came since", async () => {
    const [{ last }] = (await cluster.sql("select max(id) as last from run_events")) as [{ last: string }];
    const fromNow = followRun(address(), null);
    const first = await ingest();
    const second = await ingest();
    await api.client.finished(second);
    await fromNow.gets("the end of the second", (event) => event.runId === second && hasEnded(event));
    const since = followRun(address(), null, last);
    await since.gets("the end of the second", (event) => event.runId === second && hasEnded(event));
    const told = await cluster.sql("select id from run_events where id > $1 order by id", [last]);
    expect(ids(since.received)).toEqual(told.map(({ id }) => id));
    // Its subscription may have begun after the first mutation was answered.
    expect(ids(fromNow.received)).toEqual(ids(since.received).slice(-fromNow.received.length));
    expect(new Set(since.received.map(({ runId }) => runId))).toEqual(new Set([first, second]));
    await Promise.all([fromNow.leave(), since.leave()]);
  });

  it("loses nothing when the process's LISTEN connection is cut", async () => {
    const id = await ingest();
    const follower = followRun(address(), id);
    await follower.gets("staging has started", ({ step }) => step === "stage");
    const cut = await cluster.sql(
      `select pg_terminate_backend(pid) as cut from pg_stat_activity
       where datname = current_database() and query ilike 'listen "asof%'`,
    );
    expect(cut.length).toBeGreaterThanOrEqual(2);
    await follower.gets("the end", hasEnded);
    expect(ids(follower.received)).toEqual(await idsInTable(id));
    await follower.leave();
  });

  it.each(["00000000-0000-4000-8000-000000000000", "nonsense"])(
    "of a run nobody knows is refused: %s",
    async (id) => {
      const follower = followRun(address(), id);
      await until("it is refused", () => follower.ended);
      expect(follower.errors).toMatchObject([
        {
          message: `no run has the id ${JSON.stringify(id)}; query { runs { nodes { id } } } lists them`,
          extensions: { code: "RUN_NOT_FOUND" },
        },
      ]);
      expect(follower.received).toEqual([]);
      await follower.leave();
    },
  );

  it("ends with the server: its sockets are closed, the process exits with 0", async () => {
    const own = await cluster.start("api");
    const id = await ingest();
    await api.client.finished(id);
    const follower = followRun(own.client.address, id);
    await follower.gets("the end", hasEnded);
    expect(await own.stop()).toBe(0);
    await until("the socket is closed", () => follower.closeCode !== null);
    expect(follower.closeCode).toBe(1001);
  });
});
