import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.js";

const USERS = userIds(4);
const [A, B, C, D] = USERS as [string, string, string, string];
const PUSH = `mutation($rows: [PushRowInput!]!) { push(input: { view: "payments_agg_90d", rows: $rows }) { outcomes { outcome } } }`;

let redis: TestRedis | undefined;
let app: TestApp;
beforeAll(async () => {
  redis = hasRedis ? await startRedis() : undefined;
  app = await startTestApp({ redisUrl: redis?.url });
});
afterAll(async () => {
  await app?.stop();
  await redis?.kill();
});

/** An extract with that many failed payments for each of the first users; the others have no row in it. */
async function ingest(asOf: string, ...failed: number[]) {
  const files = smallDelivery(USERS);
  files.payments_agg_90d = ["user_id,failed_payments_90d", ...failed.map((n, i) => `${USERS[i]},${n}`)];
  writeDelivery(app.dataDir, asOf, files);
  const run = await app.client.ingest(asOf, asOf);
  expect(run.error).toBeNull();
  return run;
}
async function push(...rows: [user: string, asOf: string, failed: number][]): Promise<string> {
  const { push } = await app.client.query(PUSH, {
    rows: rows.map(([userId, asOf, n]) => ({ userId, asOf, values: { failed_payments_90d: n } })),
  });
  return push.outcomes.map(({ outcome }: any) => outcome).join(" ");
}
/** Failed payments as of a date with their event time, or as served where no date is given. */
async function failed(user: string, asOf?: string, knownAt?: string): Promise<string> {
  const { features } = await app.client.query(
    `query($user: ID!, $asOf: Date, $knownAt: DateTime) { features(userId: $user, asOf: $asOf, knownAt: $knownAt) {
       values { failedPayments90d } statuses { name eventTime } } }`,
    { user, asOf, knownAt },
  );
  const { eventTime } = features.statuses.find(({ name }: any) => name === "failed_payments_90d");
  return `${features.values.failedPayments90d} of ${eventTime}`;
}
async function snapshot(asOf: string, revision?: number) {
  const { snapshot } = await app.client.query(
    "query($asOf: Date!, $revision: Int) { snapshot(asOf: $asOf, revision: $revision) { revision createdAt contentSha256 views { name rowCount } } }",
    { asOf, revision },
  );
  return snapshot as { revision: number; createdAt: string; contentSha256: string; views: any[] };
}
const pushesOf = ({ views }: { views: any[] }) => views.filter(({ name }) => name.endsWith(":pushes"));
async function parity() {
  const { verifyParity } = await app.client.query("mutation { verifyParity { id } }");
  const { result } = await app.client.finished(verifyParity.id);
  const views = result.views.filter(({ view }: any) => view === "payments_agg_90d");
  return {
    identical: result.identical,
    sample: result.sample,
    dropped: views.map(({ dropped }: any) => dropped),
  };
}
const everywhere = (n: number) => (hasRedis ? [n, n] : [n]);

describe("pushes and months", () => {
  it("are pending until a snapshot of their date or a later one is made", async () => {
    await ingest("2024-01-31", 1, 1, 1);
    expect(await push([A, "2024-02-10", 10], [B, "2024-02-20", 20], [A, "2024-02-29", 29])).toBe(
      "SERVED SERVED SERVED",
    );
    expect([await failed(A), await failed(B)]).toEqual(["29 of 2024-02-29", "20 of 2024-02-20"]);
    expect(await failed(A, "2024-02-15")).toBe("1 of 2024-01-31");
    expect(await parity()).toEqual({ identical: true, sample: [], dropped: everywhere(0) });
    await ingest("2024-01-30", 0, 0, 0); // a late month, before all of them
    expect(await failed(A, "2024-02-15")).toBe("1 of 2024-01-31");
    expect(pushesOf(await snapshot("2024-01-30"))).toEqual([]);
  });

  it("are bound to the next one: the join has them at their own dates, the extract's row before a push of its date", async () => {
    await ingest("2024-02-29", 2, 2, 2);
    expect(pushesOf(await snapshot("2024-02-29"))).toEqual([
      { name: "payments_agg_90d:pushes", rowCount: 3 },
    ]);
    const asked = ["2024-02-09", "2024-02-10", "2024-02-19", "2024-02-28", "2024-02-29", "2024-03-01"];
    expect(await Promise.all(asked.map((asOf) => failed(A, asOf)))).toEqual([
      ...["1 of 2024-01-31", "10 of 2024-02-10", "10 of 2024-02-10", "10 of 2024-02-10"],
      ...["2 of 2024-02-29", "2 of 2024-02-29"],
    ]);
    expect([
      await failed(B, "2024-02-19"),
      await failed(B, "2024-02-28"),
      await failed(C, "2024-02-28"),
    ]).toEqual([...["1 of 2024-01-31", "20 of 2024-02-20", "1 of 2024-01-31"]]);
    expect(await failed(A)).toBe("2 of 2024-02-29");
    expect((await parity()).identical).toBe(true);
  });

  it("are not known before that snapshot was made", async () => {
    const { createdAt } = await snapshot("2024-02-29");
    const before = new Date(Date.parse(createdAt) - 1).toISOString();
    expect(await failed(A, "2024-02-15", before)).toBe("1 of 2024-01-31");
    expect(await failed(A, "2024-02-15", createdAt)).toBe("10 of 2024-02-10");
  });

  it("are no change of the extract: the same files make no revision, corrected ones keep what was pushed", async () => {
    const files = await ingest("2024-02-29", 2, 2, 2);
    expect(files.result.unchanged).toBe(true);
    // The same values in other bytes: read and compared again.
    writeDelivery(app.dataDir, "2024-02-29", {
      ...smallDelivery(USERS),
      payments_agg_90d: ["failed_payments_90d,user_id", `2,${C}`, `2,${B}`, `2,${A}`],
    });
    const again = await app.client.ingest("2024-02-29", "2024-02-29");
    expect(again).toMatchObject({ error: null, result: { unchanged: true, revision: 1 } });
    await ingest("2024-02-29", 3, 3);
    const { revision, views } = await snapshot("2024-02-29");
    expect([revision, pushesOf({ views })]).toEqual([2, []]);
    expect([await failed(A, "2024-02-15"), await failed(A, "2024-02-29")]).toEqual([
      "10 of 2024-02-10",
      "3 of 2024-02-29",
    ]);
    // Left out by the revision: what held before it.
    expect([await failed(C), await failed(C, "2024-03-01")]).toEqual(["1 of 2024-01-31", "1 of 2024-01-31"]);
    expect((await parity()).identical).toBe(true);
  });

  it("of a user that a revision leaves out are served again", async () => {
    await push([D, "2024-02-29", 4], [B, "2024-03-05", 5]);
    await ingest("2024-03-31", 7, 7);
    expect(await failed(B)).toBe("7 of 2024-03-31");
    await ingest("2024-03-31", 7);
    expect([await failed(B), await failed(B, "2024-04-01"), await failed(D)]).toEqual([
      ...["5 of 2024-03-05", "5 of 2024-03-05", "4 of 2024-02-29"],
    ]);
    expect((await parity()).identical).toBe(true);
  });

  it("are in the content hash of their snapshot, and a month without any has the hash of its files alone", async () => {
    const without = await snapshot("2024-03-31", 2); // of the same files as these
    await ingest("2024-04-30", 7);
    expect((await snapshot("2024-04-30")).contentSha256).toBe(without.contentSha256);
    await push([A, "2024-06-01", 1]);
    await ingest("2024-06-30", 7);
    const one = await snapshot("2024-06-30");
    const { snapshotDiff } = await app.client.query(
      `{ snapshotDiff(from: "2024-04-30", to: "2024-06-30") { identical views { identical } } }`,
    );
    expect(snapshotDiff.identical).toBe(false);
    expect(snapshotDiff.views.filter(({ identical }: any) => !identical)).toEqual([]);
    await push([A, "2024-07-01", 2]);
    await ingest("2024-07-31", 7);
    const other = await snapshot("2024-07-31");
    expect(new Set([without, one, other].map(({ contentSha256 }) => contentSha256)).size).toBe(3);
  });

  it("are never changed or deleted behind asof's back", async () => {
    for (const [operation, sql] of [
      ["UPDATE", "update payments_agg_90d_pushes set failed_payments_90d = 0"],
      ["UPDATE", "update payments_agg_90d_pushes set snapshot_id = 1"],
      ["DELETE", "delete from payments_agg_90d_pushes"],
      [
        "INSERT",
        `insert into payments_agg_90d_pushes (snapshot_id, as_of, user_id, pushed_features, pushed_by)
         values (1, '2024-01-01', 'x', '{}', 'x')`,
      ],
      ["TRUNCATE", "truncate payments_agg_90d_pushes"],
    ]) {
      await expect(app.sql(sql!), sql).rejects.toMatchObject({
        code: "23001",
        message: expect.stringMatching(new RegExp(`^${operation} of payments_agg_90d_pushes is refused`)),
      });
    }
  });

  it("go with their snapshot when retention drops it; what is served of then is compared with nothing", async () => {
    // C is served of January, B of a push bound to March, D of a push bound to March.
    const { applyRetention } = await app.client.query(
      `mutation { applyRetention(until: "2024-04-01", dryRun: false) { dates { asOf outcome } } }`,
    );
    expect(applyRetention.dates.filter(({ outcome }: any) => outcome === "DROPPED")).toHaveLength(4);
    expect(await app.sql("select as_of from payments_agg_90d_pushes order by 1")).toEqual([
      { as_of: "2024-06-01" },
      { as_of: "2024-07-01" },
    ]);
    expect(await failed(A, "2024-02-15")).toBe("null of null");
    expect([await failed(B), await failed(C), await failed(D)]).toEqual([
      ...["5 of 2024-03-05", "1 of 2024-01-31", "4 of 2024-02-29"],
    ]);
    expect(await parity()).toEqual({ identical: true, sample: [], dropped: everywhere(3) });
  });

  it("a forged row of a kept month is a difference all the same", async () => {
    await app.sql("update payments_agg_90d_online set as_of = '2024-04-30' where user_id = $1", [C]);
    const { identical, sample, dropped } = await parity();
    expect([identical, dropped[0]]).toEqual([false, 2]);
    expect(sample[0]).toMatchObject({ store: "postgres", userId: C, kind: "extra" });
  });
});
