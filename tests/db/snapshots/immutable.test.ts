import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";

const USERS = userIds(4);

describe("snapshots", () => {
  let app: TestApp;
  const snapshots: Record<string, string> = {};

  beforeAll(async () => {
    app = await startTestApp();
    for (const [asOf, fee] of [
      ["2024-01-31", "1"],
      ["2024-01-31", "2"],
      ["2024-02-29", "1"],
      ["2024-01-31", "3"],
    ]) {
      const files = smallDelivery(USERS);
      files.payments_agg_90d![1] = `${USERS[0]},${fee}`;
      writeDelivery(app.dataDir, "delivery", files);
      const { error, snapshot } = await app.client.ingest("delivery", asOf!);
      expect(error).toBeNull();
      snapshots[`${asOf} ${snapshot!.revision}`] = snapshot!.contentSha256;
    }
  });
  afterAll(() => app?.stop());

  const TABLES = [
    "snapshots",
    "subscriptions_snapshots",
    "usage_agg_30d_snapshots",
    "payments_agg_90d_snapshots",
    "support_agg_90d_snapshots",
    "labels_snapshots",
    "users_snapshots",
    "snapshot_parts",
    "labels_snapshots_20240131",
    "payments_agg_90d_snapshots_20240229",
  ];
  it.each(TABLES)("the database refuses to change %s, saying why", async (table) => {
    const before = await app.sql(`select t::text from ${table} t order by 1`);
    expect(before.length).toBeGreaterThan(0);
    const column = table === "snapshots" ? "revision" : "snapshot_id";
    for (const [operation, sql] of [
      ["UPDATE", `update ${table} set ${column} = ${column}`],
      ["DELETE", `delete from ${table}`],
      ["TRUNCATE", `truncate ${table} cascade`],
    ]) {
      const refused = app.sql(sql!);
      await expect(refused, sql).rejects.toMatchObject({
        code: "23001",
        message: expect.stringMatching(
          new RegExp(`^${operation} of \\w+ is refused: its rows are immutable$`),
        ),
        hint: "ingest corrected content: it becomes the next revision",
      });
    }
    expect(await app.sql(`select t::text from ${table} t order by 1`)).toEqual(before);
  });

  it.each(["payments_agg_90d_snapshots", "payments_agg_90d_snapshots_20240131"])(
    "the database refuses more rows of a published snapshot in %s, saying why",
    async (table) => {
      const before = await app.sql(`select t::text from ${table} t order by 1`);
      const refused = app.sql(
        `insert into ${table} (snapshot_id, as_of, user_id) select id, as_of, 'U-late' from snapshots
         where as_of = '2024-01-31' and revision = 2 union all select 1000000, '2024-01-31', 'U-of-no-snapshot'`,
      );
      await expect(refused).rejects.toMatchObject({
        code: "23001",
        message: expect.stringMatching(/^INSERT into \w+ is refused: snapshot \d+ is published$/),
        hint: "ingest corrected content: it becomes the next revision",
      });
      expect(await app.sql(`select t::text from ${table} t order by 1`)).toEqual(before);
    },
  );

  it("are numbered 1, 2, 3 within a date", () => {
    expect(Object.keys(snapshots)).toEqual(["2024-01-31 1", "2024-01-31 2", "2024-02-29 1", "2024-01-31 3"]);
    expect(new Set(Object.values(snapshots)).size).toBe(3);
    expect(snapshots["2024-01-31 1"]).toBe(snapshots["2024-02-29 1"]);
  });

  it.each([
    ["2024-01-31", undefined, 3],
    ["2024-01-31", null, 3],
    ["2024-01-31", 1, 1],
    ["2024-01-31", 2, 2],
    ["2024-02-29", undefined, 1],
    ["2024-01-31", 4, null],
    ["2024-01-31", 0, null],
    ["2024-01-31", -1, null],
    ["2024-03-31", undefined, null],
  ])("asked for %s, revision %s: revision %s", async (asOf, revision, found) => {
    const { snapshot } = await app.client.query(
      "query($asOf: Date!, $revision: Int) { snapshot(asOf: $asOf, revision: $revision) { revision contentSha256 rowCount run { kind status } } }",
      { asOf, revision },
    );
    expect(snapshot).toEqual(
      found && {
        revision: found,
        contentSha256: snapshots[`${asOf} ${found}`],
        rowCount: 20,
        run: { kind: "INGEST", status: "SUCCEEDED" },
      },
    );
  });

  it.each([1, 2, 3, 4, 50])("are paged newest first, %d at a time, each once", async (first) => {
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { snapshots }: any = await app.client.query(
        "query($first: Int!, $after: String) { snapshots(first: $first, after: $after) { nodes { asOf revision } totalCount pageInfo { hasNextPage endCursor } } }",
        { first, after },
      );
      expect(snapshots.totalCount).toBe(4);
      seen.push(...snapshots.nodes.map((s: any) => `${s.asOf} ${s.revision}`));
      more = snapshots.pageInfo.hasNextPage;
      after = snapshots.pageInfo.endCursor;
    }
    expect(seen).toEqual(["2024-02-29 1", "2024-01-31 3", "2024-01-31 2", "2024-01-31 1"]);
  });

  const cursor = (key: unknown) => Buffer.from(JSON.stringify(key)).toString("base64url");
  it.each([
    ["not base64", "%%%"],
    ["of another list", cursor(["U-1"])],
    ["of the runs", cursor(["2024-01-31T00:00:00.000Z", "0b0e5b1a-0000-4000-8000-000000000001"])],
    ["with a day that does not exist", cursor(["2024-02-30", 1])],
    ["with a revision of text", cursor(["2024-02-29", "1"])],
    ["with a revision no integer holds", cursor(["2024-02-29", 3e9])],
  ])("cannot be paged by a cursor %s", async (_, after) => {
    const error = await app.client.error(
      "query($after: String) { snapshots(after: $after) { totalCount } }",
      { after },
    );
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toContain("is no cursor of this list; pass pageInfo.endCursor of the page before");
  });
});
