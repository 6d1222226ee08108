import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster, startTraining } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import type { GraphQLClient } from "../support/graphql.js";
import { learnableMonth, STRONG, USERS } from "../support/months.js";
import { type ShiftedClock, shiftedClock } from "../support/shifted-clock.js";
import { type EventItem, followRun, hasEnded, type Subscriber } from "../support/subscribe.js";
import { until } from "../support/until.js";
import { Holds } from "./holds.js";

const JANUARY = "2024-01-31";
const HOUR_MS = 3_600_000;
const USER = USERS[0]!;
/** Long enough that the clock can be set back while it passes. */
const TAKE_OVER_AFTER_MS = 2_000;

describe("when the clocks of the database and of all processes are set back by an hour", () => {
  let cluster: Cluster;
  let clock: ShiftedClock;
  let api: GraphQLClient;
  let follower: Subscriber<EventItem>;
  /** Trained by a process that is killed just before. */
  let underWay: string;
  let recordedAt: string;

  const fee = async (knownAt: string | null) => {
    const { features } = await api.query(
      `query($knownAt: DateTime) { features(userId: "${USER}", asOf: "${JANUARY}", knownAt: $knownAt) { values { monthlyFee } } }`,
      { knownAt },
    );
    return features.values.monthlyFee;
  };
  const newestSnapshot = async () =>
    (await api.query("{ snapshots(first: 1) { nodes { revision createdAt } } }")).snapshots.nodes[0];

  beforeAll(async () => {
    cluster = await startCluster();
    clock = await shiftedClock(cluster);
    const month = learnableMonth();
    writeDelivery(cluster.dataDir, "january", month);
    const corrected = month.subscriptions!.map((line, i) => (i === 1 ? line.replace("20.5", "99.5") : line));
    writeDelivery(cluster.dataDir, "corrected", { ...month, subscriptions: corrected });
    const env = { ...clock.env, TAKE_OVER_AFTER_MS: String(TAKE_OVER_AFTER_MS) };
    const [serving, victim] = [await cluster.start("api", env), await cluster.start("worker", env)];
    api = serving.client;
    expect(await api.ingest("january", JANUARY)).toMatchObject({ error: null });
    expect(await api.train({ asOf: JANUARY, seed: 1, params: STRONG })).toMatchObject({ error: null });
    expect(await api.train({ asOf: JANUARY, seed: 2, params: STRONG })).toMatchObject({ error: null });
    await api.query("mutation { promote(input: { version: 1 }) { version } }");
    recordedAt = (await newestSnapshot()).createdAt;
    follower = followRun(api.address, null);

    const holds = await Holds.install(cluster);
    await holds.arm("TRAIN", [{ child: "", step: "fit", point: "progress" }]);
    underWay = await startTraining(api, { asOf: JANUARY, seed: 3, params: STRONG });
    const held = await until("it is in the middle of the fit", () => holds.hit());
    await holds.disarm(held);
    const survivor = await cluster.start("worker", env);
    await victim.kill();
    await holds.letGo(held);
    const since = performance.now();
    await until(
      "its death was seen, and not yet long enough",
      () => performance.now() - since > 0.5 * TAKE_OVER_AFTER_MS,
    );
    await clock.set(-HOUR_MS, [serving.child.pid!, survivor.child.pid!]);
  }, 180_000);
  afterAll(async () => {
    await follower?.leave();
    await cluster?.stop();
  });

  it("a run whose process died is taken over all the same, its followers hear all of it, and nothing lasts less than no time", async () => {
    expect(await api.finished(underWay)).toMatchObject({ status: "SUCCEEDED", error: null });
    const { runs } = await api.query(
      "{ runs { nodes { durationMs startedAt finishedAt steps { durationMs startedAt finishedAt } } } }",
    );
    for (const { steps, ...run } of runs.nodes) {
      for (const timed of [run, ...steps]) {
        expect(timed.durationMs).toBeGreaterThanOrEqual(0);
        expect(Date.parse(timed.finishedAt)).toBeGreaterThanOrEqual(Date.parse(timed.startedAt));
      }
    }
    await follower.gets("its end", (event) => event.runId === underWay && hasEnded(event));
    const told = await cluster.sql(
      "select id::text from run_events where run_id = $1 order by run_events.id",
      [underWay],
    );
    const heard = follower.received.filter(({ runId }) => runId === underWay);
    expect(heard.map(({ id }) => id)).toEqual(told.map(({ id }) => id).slice(-heard.length));
    expect(heard.length).toBeGreaterThan(1);
  });

  it("runs that are asked for are begun, whatever they wait for", async () => {
    const { exportTrainingSet } = await api.query(
      `mutation { exportTrainingSet(input: { asOfFrom: "${JANUARY}" }) { id } }`,
    );
    const { verifyParity } = await api.query("mutation { verifyParity { id } }");
    const training = await startTraining(api, { asOf: JANUARY, seed: 4, params: STRONG });
    for (const id of [exportTrainingSet.id, verifyParity.id, training])
      expect(await api.finished(id)).toMatchObject({ status: "SUCCEEDED", error: null });
  });

  it("what was known at an instant stays what it was", async () => {
    expect(await fee(recordedAt)).toBe(20.5);
    expect(await api.ingest("corrected", JANUARY)).toMatchObject({ status: "SUCCEEDED", error: null });
    const correction = await newestSnapshot();
    expect(correction.revision).toBe(2);
    expect(Date.parse(correction.createdAt)).toBeGreaterThan(Date.parse(recordedAt));
    expect([await fee(recordedAt), await fee(correction.createdAt), await fee(null)]).toEqual([
      20.5, 99.5, 99.5,
    ]);
  });

  it("a promotion is the last in the history, and serves", async () => {
    await api.query(
      'mutation { promote(input: { version: 2, force: true, reason: "set back" }) { version } }',
    );
    const { model } = await api.query('{ model(name: "churn") { transitions { version to at } } }');
    const at = model.transitions.map(({ at }: { at: string }) => Date.parse(at));
    expect(at).toEqual([...at].sort((a, b) => b - a));
    expect(model.transitions[0]).toMatchObject({ version: 2, to: "PRODUCTION" });
    const { predict } = await api.query(`{ predict(userId: "${USER}") { modelVersion { version } } }`);
    expect(predict.modelVersion.version).toBe(2);
  });
});
