import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startIngest, startTraining, stepIs } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import { GraphQLClient } from "../support/graphql.js";
import { type Host, whyNoHosts } from "../support/hosts.js";
import { JANUARY, learnableMonth, STRONG, USERS } from "../support/months.js";
import type { TestProcess } from "../support/process.js";
import { hasRedis } from "../support/redis.js";
import { type Subscriber, subscribe } from "../support/subscribe.js";
import { until } from "../support/until.js";
import { CheckedLoad, type Known } from "./checked-load.js";
import { makeNextBuild, NEXT_VERSION } from "./next-build.js";
import { hasBalancer, makeDeployment, TOKEN, type WholeDeployment } from "./whole-deployment.js";

const CLIENTS = 6;
/** Long enough to be cut off in the middle. */
const LONG = { ...STRONG, trees: 1_500 };
const missing = whyNoHosts() ?? (hasRedis ? null : "no redis-server") ?? (hasBalancer ? null : "no haproxy");

describe.skipIf(missing)(`a whole deployment of ten hosts${missing ? ` (${missing})` : ""}`, () => {
  let all: WholeDeployment;
  const running = new Map<Host, TestProcess>();
  /** Through the balancer. */
  let client: GraphQLClient;
  let load: CheckedLoad;
  const known: Known = { probability: new Map(), fee: new Map() };
  /** Of the process that runs there now, and of those that ran there before. */
  const heard = new Map<Host, Subscriber<Moved>>();
  const formerly: [Host, Subscriber<Moved>][] = [];
  const at = (host: Host) => running.get(host)!.client;

  beforeAll(async () => {
    all = await makeDeployment();
    client = new GraphQLClient(all.address, "tester", TOKEN);
    writeDelivery(all.dataDir, "january", learnableMonth());
    const [worker1, worker2] = all.workers;
    running.set(worker1, await all.start(worker1, "worker"));
    await Promise.all(
      ([...all.api, worker2] as const).map(async (host) => {
        running.set(host, await all.start(host, host === worker2 ? "worker" : "api"));
      }),
    );
    await until("the balancer sends requests", () => client.query("{ __typename }").catch(() => false));
    expect(await client.ingest("january", JANUARY)).toMatchObject({ error: null });
    for (const [i, user] of USERS.entries()) known.fee.set(user, 20.5 + i);
    for (const seed of [1, 2, 3]) {
      expect(await client.train({ asOf: JANUARY, seed, params: STRONG })).toMatchObject({ error: null });
      await learn(seed);
    }
    await promote(1);
    for (const host of all.api) heard.set(host, listen(host));
    load = new CheckedLoad(all.address, TOKEN, USERS.slice(0, 60), known, CLIENTS);
    await until("both answer predictions", () =>
      all.api.every(({ name }) => load.predicted.some(({ by }) => by === name)),
    );
  }, 300_000);
  afterAll(async () => {
    await load?.stop();
    await Promise.all([...heard, ...formerly].map(([, each]) => each.leave()));
    await all?.stop();
  });

  interface Moved {
    id: string;
    version: number;
  }
  const listen = ({ address }: Host) =>
    subscribe<Moved>(
      `http://${address}:4000`,
      "modelTransitions",
      "subscription { modelTransitions { id version } }",
      {},
      { token: TOKEN },
    );

  function listenAgain(host: Host): void {
    formerly.push([host, heard.get(host)!]);
    heard.set(host, listen(host));
  }

  /** What a version says about each user, asked while nothing is cut off. */
  async function learn(version: number): Promise<void> {
    const said = new Map<string, number>();
    for (const user of USERS.slice(0, 60)) {
      const response = await fetch(`${all.address}/predict`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
        body: JSON.stringify({ user_id: user, version }),
      });
      said.set(user, ((await response.json()) as { probability: number }).probability);
    }
    known.probability.set(version, said);
  }

  async function promote(version: number, by: GraphQLClient = client): Promise<void> {
    await by.query(
      'mutation($version: Int!) { promote(input: { version: $version, force: true, reason: "so" }) { version } }',
      { version },
    );
  }

  const answersWith = ({ name }: Host, version: number) =>
    until(`${name} answers with version ${version}`, () =>
      load.predicted.some((each) => each.by === name && each.version === version),
    );
  /** The balancer has sent so many requests elsewhere one after the other. */
  const leftOut = ({ name }: Host) =>
    until(`${name} gets no requests`, () => {
      const last = load.predicted.slice(-60);
      return last.length === 60 && last.every(({ by }) => by !== name);
    });

  /** Whoever asks a process again after an answer gets no older version: promotions are in order. */
  const wentBack = (): string[] => {
    const problems: string[] = [];
    for (const { name } of all.api) {
      const own = load.predicted.filter(({ by }) => by === name).toSorted((a, b) => a.sentAt - b.sentAt);
      const answers = own.toSorted((a, b) => a.answeredAt - b.answeredAt);
      let [newest, next] = [0, 0];
      for (const { sentAt, version } of own) {
        for (; answers[next] && answers[next]!.answeredAt < sentAt; next++)
          newest = Math.max(newest, answers[next]!.version);
        if (version < newest) problems.push(`${name} answered with ${version} after ${newest}`);
      }
    }
    return problems;
  };
  const holds = () => {
    expect(load.failures).toEqual([]);
    expect(wentBack()).toEqual([]);
  };

  it("loses an api host and gets it back: the other answers, and it comes back with the newest version", async () => {
    const [cut, other] = all.api;
    await cut.cutOff();
    await leftOut(cut);
    await promote(2, at(other));
    await answersWith(other, 2);
    await cut.plugIn();
    await answersWith(cut, 2);
    holds();
  }, 120_000);

  it("parts an api host from PostgreSQL: it is sent nothing, and hears the promotion when that is over", async () => {
    const [cut, other] = all.api;
    const before = heard.get(other)!.received.length;
    await all.network.part([cut], [all.db]);
    await leftOut(cut);
    expect((await fetch(`${at(cut).address}/live`)).status).toBe(200);
    expect((await fetch(`${at(cut).address}/ready`)).status).toBe(503);
    // What it listens with is gone, and it is not told.
    await until(
      "PostgreSQL has missed it",
      async () => {
        const rows = await all.sql(
          "select 1 from pg_stat_activity where application_name = 'asof listen' and client_addr = $1",
          [cut.address],
        );
        return rows.length === 0;
      },
      90_000,
    );
    await promote(3, at(other));
    await answersWith(other, 3);
    await all.network.join([cut], [all.db]);
    await answersWith(cut, 3);
    for (const host of all.api) await heard.get(host)!.gets("the promotion", ({ version }) => version === 3);
    expect(heard.get(other)!.received.length).toBeGreaterThan(before);
    holds();
  }, 180_000);

  describe("parted from the Redis Cluster", () => {
    const ask = (host: Host, query: string) => at(host).query(query);
    const online = async (host: Host) => (await ask(host, "{ health { onlineStore } }")).health.onlineStore;
    const standbyIsUsed = async (host: Host) => {
      const { health } = await ask(host, "{ health { problems { subject } } }");
      return health.problems.every(({ subject }: { subject: string }) => subject !== "read replica");
    };
    const both = (what: string, is: (host: Host) => Promise<boolean>) =>
      until(what, async () => (await Promise.all(all.api.map(is))).every(Boolean), 60_000);
    const bothAnswer = (more: number) => {
      const since = performance.now();
      return until("both have answered for a while", () =>
        all.api.every(({ name }) => load.since(since).filter(({ by }) => by === name).length > more),
      );
    };

    it("is answered by PostgreSQL, and the same", async () => {
      await both("the standby is used", standbyIsUsed);
      await all.network.part(all.api, all.redis);
      await both("it is known", async (host) => (await online(host)) !== "OK");
      await bothAnswer(50);
      holds();
    }, 180_000);

    it.each([
      [
        "falls behind",
        () => all.network.part([all.db], [all.standby]),
        () => all.network.join([all.db], [all.standby]),
      ],
      ["is cut off", () => all.standby.cutOff(), () => all.standby.plugIn()],
    ])(
      "is answered by the primary while the standby %s",
      async (_, cut, heal) => {
        await cut();
        await both("it is known", async (host) => !(await standbyIsUsed(host)));
        await bothAnswer(20);
        await heal();
        await both("the standby is used again", standbyIsUsed);
        await bothAnswer(20);
        holds();
      },
      180_000,
    );

    it("has the Cluster back when that is over", async () => {
      await all.network.join(all.api, all.redis);
      await both("it is known", async (host) => (await online(host)) === "OK");
      await bothAnswer(20);
      holds();
    }, 180_000);
  });

  it("cuts a worker off in the middle of runs: another ends each of them, once", async () => {
    const ids = [
      await startTraining(client, { asOf: JANUARY, seed: 4, params: LONG }),
      await startTraining(client, { asOf: JANUARY, seed: 5, params: LONG }),
    ];
    const takenBy = (id: string) =>
      all.workers.find((host) => running.get(host)!.output().includes(`"runId":"${id}"`));
    await until("the first is taken on", () => takenBy(ids[0]!));
    const cut = takenBy(ids[0]!)!;
    const [other] = all.workers.filter((host) => host !== cut) as [Host];
    await stepIs(all.sql, ids[0]!, "fit", "RUNNING");
    await cut.cutOff();
    for (const id of ids)
      expect(await client.finished(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
    expect(running.get(other)!.output()).toContain(`"runId":"${ids[0]}"`);
    await cut.plugIn();
    await until("the worker is ready", async () => (await fetch(`${at(cut).address}/ready`)).ok);
    const versions = await all.sql(
      "select run_id, count(*)::int from model_versions where run_id = any($1) group by 1",
      [ids],
    );
    expect(versions.map(({ count }) => count)).toEqual([1, 1]);
    holds();
  }, 240_000);

  it("cuts a worker off in the middle of a publication: what it had locked is free again", async () => {
    const blocker = await all.session();
    try {
      // The publication has locked other tables by then, and waits for this one.
      await blocker.query("begin; lock table subscriptions in access exclusive mode");
      const id = await startIngest(client, "january", "2024-01-01");
      const waits = await until("a worker waits", async () => {
        const rows = await all.sql<{ address: string }>(
          `select host(client_addr) as address from pg_stat_activity
           where wait_event_type = 'Lock' and datname = current_database()`,
        );
        return rows.map(({ address }) => all.workers.find((host) => host.address === address)).find(Boolean);
      });
      await waits.cutOff();
      await blocker.query("commit");
      expect(await client.finished(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
      await waits.plugIn();
      await until("the worker is ready", async () => (await fetch(`${at(waits).address}/ready`)).ok);
    } finally {
      await blocker.end();
    }
    holds();
  }, 240_000);

  it("is upgraded process by process while deliveries, trainings and promotions go on", async () => {
    const next = makeNextBuild();
    try {
      const first = 6;
      let stopped = false;
      const runs: string[] = [];
      const work = async () => {
        for (let n = 0; !stopped; n++) {
          const version = first + n;
          const asOf = `2023-${String(12 - (n % 12)).padStart(2, "0")}-15`;
          const started = [
            await startIngest(client, "january", asOf),
            await startTraining(client, { asOf: JANUARY, seed: version, params: STRONG }),
          ];
          runs.push(...started);
          for (const id of started)
            expect(await client.finished(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
          await learn(version);
          await promote(version);
        }
      };
      const working = work();
      try {
        for (const [n, host] of [...all.workers, ...all.api].entries()) {
          expect(await running.get(host)!.stop()).toBe(0);
          running.set(host, await all.start(host, n < 2 ? "worker" : "api", next.main));
          if (n >= 2) {
            listenAgain(host);
            const since = performance.now();
            await until(`${host.name} gets requests`, () =>
              load.since(since).some(({ by }) => by === host.name),
            );
          }
        }
      } finally {
        stopped = true;
        await working;
      }
      for (const host of all.api) {
        const { health } = await at(host).query("{ health { version } }");
        expect(health.version).toBe(NEXT_VERSION);
      }
      expect(runs.length).toBeGreaterThan(2);
      holds();
    } finally {
      next.remove();
    }
  }, 300_000);

  it("kills an api process: nothing fails but what is asked of it alone", async () => {
    const [, killed] = all.api;
    await running.get(killed)!.kill();
    await leftOut(killed);
    running.set(killed, await all.start(killed, "api"));
    listenAgain(killed);
    const since = performance.now();
    await until("it gets requests", () => load.since(since).some(({ by }) => by === killed.name));
    holds();
  }, 120_000);

  it("has one history, which each process told in the same order, whenever it ran", async () => {
    await load.stop();
    holds();
    for (const version of [1, 2, 3, 4, 5]) await promote(version);
    const rows = await all.sql<{ id: string }>(
      "select id::text from stage_transitions order by stage_transitions.id",
    );
    const history = rows.map(({ id }) => id);
    for (const [{ name }, { received, errors }] of heard) {
      await until(`${name} tells the newest`, () => received.at(-1)?.id === history.at(-1));
      expect(received.map(({ id }) => id)).toEqual(history.slice(-received.length));
      expect(errors).toEqual([]);
    }
    for (const [{ name }, { received, errors }] of formerly) {
      const told = received.map(({ id }) => id);
      expect([name, told.length]).not.toEqual([name, 0]);
      const from = history.indexOf(told[0]!);
      expect([name, told]).toEqual([name, history.slice(from, from + told.length)]);
      expect(errors).toEqual([]);
    }
  }, 120_000);
});
