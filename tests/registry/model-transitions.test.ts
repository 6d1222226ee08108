import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import type { GraphQLAnswer } from "../support/graphql.js";
import type { TestProcess } from "../support/process.js";
import { type Subscriber, subscribe } from "../support/subscribe.js";
import { until } from "../support/until.js";

interface Transition {
  id: string;
  version: number;
  from: string;
  to: string;
  actor: string;
  reason: string | null;
}

const USER = "U-00007";

/** Two processes serve; the promotion is made on a third. */
describe("a promotion on another process", () => {
  let cluster: Cluster;
  let third: TestProcess;
  let serving: TestProcess[];

  beforeAll(async () => {
    cluster = await startCluster();
    writeDelivery(cluster.dataDir, "month", smallDelivery(userIds(400)));
    [third, ...serving] = await Promise.all([
      cluster.start("all"),
      cluster.start("api"),
      cluster.start("api"),
    ]);
    await third.client.ingest("month", "2024-01-31");
    for (const seed of [1, 2, 3]) {
      await third.client.train({ asOf: "2024-01-31", seed, algorithm: "LOGISTIC_REGRESSION" });
    }
  });
  afterAll(() => cluster?.stop());

  const promote = (version: number) =>
    third.client.query(
      'mutation($version: Int!) { promote(input: { version: $version, force: true, reason: "test" }) { version stage } }',
      { version },
    );
  const follow = ({ client }: TestProcess, model: string | null = null): Subscriber<Transition> =>
    subscribe(
      client.address,
      "modelTransitions",
      "subscription($model: String) { modelTransitions(model: $model) { id version from to actor reason } }",
      { model },
    );

  it("reaches the subscribers of every process, in order, once", async () => {
    const followers = [...serving.map((process) => follow(process)), follow(serving[0]!, "churn")];
    const others = follow(serving[0]!, "other");
    await until("all subscriptions are open", async () => {
      // Nothing is told of a subscription's beginning, so promotions are repeated until each has seen one.
      await promote(2);
      await promote(1);
      return followers.every(({ received }) => received.length > 0);
    });
    await promote(2);
    for (const follower of followers) {
      await until("the last promotion came", () => follower.received.at(-1)?.version === 2);
      const told = await cluster.sql("select id from stage_transitions where id >= $1 order by id", [
        follower.received[0]!.id,
      ]);
      expect(follower.received.map(({ id }) => id)).toEqual(told.map(({ id }) => id));
      expect(follower.received.at(-1)).toMatchObject({ to: "PRODUCTION", actor: "tester", reason: "test" });
      expect(follower.received.at(-2)).toMatchObject({ version: 1, from: "PRODUCTION", to: "ARCHIVED" });
    }
    expect(others.received).toEqual([]);
    await Promise.all([...followers, others].map((follower) => follower.leave()));
  });

  it("is served by every process within a second, and no request fails meanwhile", async () => {
    const versions = new Map<TestProcess, { at: number; version: number }[]>();
    const failures: GraphQLAnswer<unknown>[] = [];
    let polling = true;
    const polls = serving.map(async (process) => {
      const seen: { at: number; version: number }[] = [];
      versions.set(process, seen);
      while (polling) {
        const answer = await process.client.raw<any>(
          "query($user: ID!) { predict(userId: $user) { probability modelVersion { version } } }",
          { user: USER },
        );
        if (answer.errors || !answer.data) failures.push(answer);
        else seen.push({ at: Date.now(), version: answer.data.predict.modelVersion.version });
      }
    });
    let version = 2;
    for (let n = 0; n < 6; n++) {
      version = (version % 3) + 1;
      await promote(version);
      const promotedAt = Date.now();
      for (const process of serving) {
        const served = await until(`version ${version} is served`, () => {
          const last = versions.get(process)!.at(-1);
          return last?.version === version && last;
        });
        expect(served.at - promotedAt).toBeLessThan(1_000);
      }
    }
    polling = false;
    await Promise.all(polls);
    expect(failures).toEqual([]);
    for (const seen of versions.values()) {
      const changes = seen.map((s) => s.version).filter((v, i, all) => v !== all[i - 1]);
      expect(changes).toEqual([2, 3, 1, 2, 3, 1, 2]);
    }
  });
});
