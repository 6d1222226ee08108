import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster, startIngest } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import type { GraphQLClient } from "../support/graphql.js";
import { learnableMonth, PROMOTE, STRONG, USERS } from "../support/months.js";
import { until } from "../support/until.js";

/** `npm run test:faults`: a hundred ingests; else as many as take seconds. Promotions are a hundred always. */
const INGESTS = process.env.FAULTS === "all" ? 100 : 12;
const PROMOTIONS = 100;
const JANUARY = "2024-01-31";
const OTHER_DATES = ["2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"];

describe("two processes over one database", () => {
  let cluster: Cluster;
  let clients: GraphQLClient[];
  beforeAll(async () => {
    cluster = await startCluster();
    writeDelivery(cluster.dataDir, "one", learnableMonth());
    const other = learnableMonth();
    other.payments_agg_90d![1] = `${USERS[0]},7`;
    writeDelivery(cluster.dataDir, "other", other);
    const processes = await Promise.all([cluster.start("all"), cluster.start("all")]);
    clients = processes.map(({ client }) => client);
  });
  afterAll(() => cluster?.stop());

  const client = (n: number) => clients[n % clients.length]!;
  const nothingIsHeld = () =>
    until("no transaction is under way and nothing is staged", async () => {
      const [row] = await cluster.sql(
        `select (select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
             and state like 'idle in transaction%') as open,
           (select count(*)::int from pg_tables where schemaname = 'staging') as staged`,
      );
      return row!.open === 0 && row!.staged === 0;
    });

  it(`${INGESTS} ingests at once, half of them of one delivery and date, make each snapshot once`, async () => {
    const asked = Array.from({ length: INGESTS }, (_, n) =>
      n % 2 === 0
        ? (["one", JANUARY] as const)
        : ([n % 4 === 1 ? "one" : "other", OTHER_DATES[(n >> 2) % OTHER_DATES.length]!] as const),
    );
    const ids = await Promise.all(asked.map(([source, asOf], n) => startIngest(client(n), source, asOf)));
    expect(new Set(ids).size).toBe(INGESTS);
    const runs = [];
    for (const id of ids) runs.push(await clients[0]!.finished(id, 240_000));
    for (const run of runs) expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });

    // Of one delivery and date, whichever came first made it; of two deliveries of a date, each made its revision.
    const made = new Map<string, number>();
    for (const [n, run] of runs.entries()) {
      const key = asked[n]!.join(" ");
      made.set(key, (made.get(key) ?? 0) + (run.result.unchanged ? 0 : 1));
    }
    const [january, ...others] = [...made].sort(([a], [b]) => (a === `one ${JANUARY}` ? -1 : a < b ? -1 : 1));
    expect(january).toEqual([`one ${JANUARY}`, 1]);
    const snapshots = await cluster.sql(
      "select as_of, count(*)::int as snapshots, max(revision) as newest, count(distinct content_sha256)::int as contents from snapshots group by 1 order by 1",
    );
    expect(snapshots[0]).toEqual({ as_of: JANUARY, snapshots: 1, newest: 1, contents: 1 });
    for (const { as_of, snapshots: revisions, newest } of snapshots.slice(1)) {
      expect(newest).toBe(revisions);
      const ofDate = others.filter(([key]) => key.endsWith(as_of));
      expect(ofDate.reduce((sum, [, count]) => sum + count, 0)).toBe(revisions);
    }

    await nothingIsHeld();
    const { verifyParity } = await clients[0]!.query("mutation { verifyParity { id } }");
    expect((await clients[0]!.finished(verifyParity.id)).result).toMatchObject({
      identical: true,
      differences: 0,
    });
    const live = await cluster.sql(
      "select distinct as_of from users union select distinct as_of from labels",
    );
    expect(live).toEqual([{ as_of: snapshots.at(-1)!.as_of }]);
  }, 300_000);

  describe("with a hundred versions of one model", () => {
    beforeAll(async () => {
      expect(await client(0).ingest("one", JANUARY)).toMatchObject({ error: null });
      expect(await client(0).train({ asOf: JANUARY, seed: 1, params: STRONG })).toMatchObject({
        error: null,
      });
      // Training each would take minutes: they are the first one's, run and metrics with it.
      for (let version = 2; version <= PROMOTIONS; version++) {
        const run = randomUUID();
        await cluster.sql(
          `insert into runs (id, kind, status, params, actor, started_at, finished_at, result, snapshot_id)
           select $1, kind, status, params, actor, started_at, finished_at, result, snapshot_id from runs
           where id = (select run_id from model_versions where version = 1)`,
          [run],
        );
        await cluster.sql(
          `insert into run_metrics (run_id, name, step, value) select $1, name, step, value from run_metrics
           where run_id = (select run_id from model_versions where version = 1)`,
          [run],
        );
        await cluster.sql(
          `insert into model_versions (model, version, algorithm, sha256, bytes, run_id, snapshot_id, label_snapshot_id, signature, threshold)
           select model, $2, algorithm, sha256, bytes, $1, snapshot_id, label_snapshot_id, signature, threshold
           from model_versions where version = 1`,
          [run, version],
        );
      }
    });

    const promoteAll = (versions: number[]) =>
      Promise.all(
        versions.map(async (version, n) => {
          const { data, errors } = await client(n).raw<any>(PROMOTE, { input: { version } });
          return data ? `PROMOTED ${data.promote.version}` : errors![0]!.extensions.code;
        }),
      );
    const inProduction = async () =>
      (await cluster.sql("select version from model_versions where stage = 'PRODUCTION'")).map(
        (row) => row.version,
      );
    const transitions = () =>
      cluster.sql("select version, from_stage, to_stage from stage_transitions order by id");

    it("promotions of all of them at once leave one in Production, who came second is told CONFLICT, and both serve it", async () => {
      const versions = Array.from({ length: PROMOTIONS }, (_, n) => n + 1);
      const outcomes = await promoteAll(versions);
      const promoted = outcomes.filter((each) => each.startsWith("PROMOTED"));
      expect(promoted.length).toBeGreaterThan(0);
      expect(new Set(outcomes.filter((each) => !each.startsWith("PROMOTED")))).toEqual(new Set(["CONFLICT"]));
      await nothingIsHeld();
      // Each move archives who was there before: the history is one chain.
      const history = await transitions();
      const entries = history
        .filter(({ to_stage }) => to_stage === "PRODUCTION")
        .map(({ version }) => version);
      expect(entries.map((version) => `PROMOTED ${version}`).sort()).toEqual([...promoted].sort());
      const archived = history
        .filter(({ to_stage }) => to_stage === "ARCHIVED")
        .map(({ version }) => version);
      expect(archived).toEqual(entries.slice(0, -1));
      expect(await inProduction()).toEqual([entries.at(-1)]);
      for (const each of clients) {
        await until("the process answers by it", async () => {
          const { predict } = await each.query(
            `{ predict(userId: "${USERS[0]}") { modelVersion { version } } }`,
          );
          return predict.modelVersion.version === entries.at(-1);
        });
      }
    });

    it("promotions of one version move it once", async () => {
      const [holder] = await inProduction();
      const version = holder === 1 ? 2 : 1;
      const before = (await transitions()).length;
      const outcomes = await promoteAll(Array.from({ length: PROMOTIONS }, () => version));
      expect(outcomes.filter((each) => each === `PROMOTED ${version}`)).toHaveLength(1);
      for (const each of outcomes)
        expect([`PROMOTED ${version}`, "CONFLICT", "BAD_USER_INPUT"]).toContain(each);
      expect((await transitions()).slice(before)).toEqual([
        { version: holder, from_stage: "PRODUCTION", to_stage: "ARCHIVED" },
        { version, from_stage: expect.stringMatching(/^(NONE|ARCHIVED)$/), to_stage: "PRODUCTION" },
      ]);
      expect(await inProduction()).toEqual([version]);
      await nothingIsHeld();
    });
  });
});
