import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Files, smallDelivery, writeDelivery } from "../support/delivery.js";
import type { FinishedRun } from "../support/graphql.js";
import { dumpStore, stagingTables } from "../support/store-dump.js";
import { until } from "../support/until.js";

const JANUARY = "2024-01-31";
const FEBRUARY = "2024-02-29";
const USERS = ["U-1", "U-2", "U-3"];

/** The small delivery with single lines replaced, keyed by "file:line". */
function delivery(changes: Record<string, string> = {}, users = USERS): Files {
  const files = smallDelivery(users);
  for (const [place, line] of Object.entries(changes)) {
    const [file, number] = place.split(":") as [string, string];
    files[file]![Number(number) - 1] = line;
  }
  return files;
}
const FILES = Object.keys(smallDelivery([]));
const everyFile = (counts: object) => Object.fromEntries(FILES.map((file) => [file, counts]));

/** The tests tell one story, in order: each goes on from the tables the one before left. */
describe("publishing", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app?.stop());

  async function ingest(files: Files, asOf: string): Promise<FinishedRun> {
    writeDelivery(app.dataDir, "delivery", files);
    const run = await app.client.ingest("delivery", asOf);
    expect(run.error).toBeNull();
    return run;
  }
  const payments = (table: string) =>
    app.sql(`select user_id, failed_payments_90d as failed, as_of from ${table} order by user_id, as_of`);

  it("a first month inserts every row of every table and is revision 1", async () => {
    const run = await ingest(delivery(), JANUARY);
    const counts = { rows: 3, inserted: 3, updated: 0, unchanged: 0 };
    expect(run.result).toMatchObject({ unchanged: false, revision: 1, rows: everyFile(counts) });
    expect(run.snapshot).toMatchObject({ asOf: JANUARY, revision: 1 });
    await until("nothing is staged", async () => (await stagingTables(app)).length === 0);
  });

  it("the same files again change nothing and write no row", async () => {
    const before = await dumpStore(app, ["online_views"]);
    const run = await ingest(delivery(), JANUARY);
    const counts = { rows: 3, inserted: 0, updated: 0, unchanged: 3 };
    expect(run.result).toMatchObject({ unchanged: true, revision: 1, rows: everyFile(counts) });
    expect(run.snapshot).toMatchObject({ asOf: JANUARY, revision: 1 });
    expect(run.validation).toMatchObject({ success: true });
    expect(run.steps.map(({ name }) => name)).toEqual(["fingerprint", "compare", "materialize"]);
    expect(await dumpStore(app, ["online_views"])).toEqual(before);
  });

  it.each<[string, (lines: string[]) => string | Buffer]>([
    ["rows in another order", ([header, ...rows]) => [header, ...rows.reverse(), ""].join("\n")],
    ["columns in another order", (lines) => lines.map((l) => l.split(",").reverse().join(",")).join("\n")],
    ["CRLF", (lines) => lines.join("\r\n")],
    ["CR", (lines) => lines.join("\r")],
    ["line ends of all kinds", ([header, ...rows]) => `${header}\n${rows.join("\r\n")}\r\n`],
    [
      "quotes",
      (lines) =>
        lines
          .map((l) =>
            l
              .split(",")
              .map((f) => `"${f}"`)
              .join(","),
          )
          .join("\n"),
    ],
    ["a byte order mark", (lines) => `\ufeff${lines.join("\n")}`],
    ["blank lines", (lines) => `\n${lines.join("\n\n")}\n\n`],
    [
      "numbers and booleans written otherwise",
      (lines) =>
        lines
          .map((l) =>
            l
              .replaceAll("True", "TRUE")
              .replaceAll(".5,", ".50,")
              .replace(/(?<=,)29\.50/, "2.95e1"),
          )
          .join("\n"),
    ],
  ])("the same content with %s makes no revision and writes no row", async (_, write) => {
    const before = await dumpStore(app, ["online_views"]);
    writeDelivery(app.dataDir, "delivery", delivery());
    for (const [file, lines] of Object.entries(delivery())) {
      writeFileSync(join(app.dataDir, "delivery", `${file}.csv`), write(lines));
    }
    const run = await app.client.ingest("delivery", JANUARY);
    expect(run.error).toBeNull();
    const counts = { rows: 3, inserted: 0, updated: 0, unchanged: 3 };
    expect(run.result).toMatchObject({ unchanged: true, revision: 1, rows: everyFile(counts) });
    expect(await dumpStore(app, ["online_views"])).toEqual(before);
  });

  it("one changed cell is revision 2, updates that row alone, and writes that part alone", async () => {
    const before = await dumpStore(app, ["online_views"]);
    const run = await ingest(delivery({ "payments_agg_90d:3": "U-2,7" }), JANUARY);
    expect(run.result).toMatchObject({
      unchanged: false,
      revision: 2,
      rows: {
        ...everyFile({ rows: 3, inserted: 0, updated: 0, unchanged: 3 }),
        payments_agg_90d: { rows: 3, inserted: 0, updated: 1, unchanged: 2 },
      },
    });
    const after = await dumpStore(app, ["online_views"]);
    const written = Object.entries(after).map(
      ([table, rows]) => [table, rows.filter((row) => !before[table]?.includes(row)).length] as const,
    );
    expect(Object.fromEntries(written.filter(([, count]) => count > 0))).toEqual({
      snapshots: 1,
      snapshot_parts: 6,
      payments_agg_90d: 1,
      payments_agg_90d_online: 1,
      payments_agg_90d_snapshots_20240131: 3,
    });
  });

  it("a newer month updates what changed, adds who is new, and keeps who is gone", async () => {
    const files = delivery({ "payments_agg_90d:2": "U-2,8" }, ["U-2", "U-3", "U-4"]);
    const run = await ingest(files, FEBRUARY);
    expect(run.result.rows.payments_agg_90d).toEqual({ rows: 3, inserted: 1, updated: 2, unchanged: 0 });
    const held = [
      { user_id: "U-1", failed: 0, as_of: JANUARY },
      { user_id: "U-2", failed: 8, as_of: FEBRUARY },
      { user_id: "U-3", failed: 1, as_of: FEBRUARY },
      { user_id: "U-4", failed: 0, as_of: FEBRUARY },
    ];
    expect(await payments("payments_agg_90d")).toEqual(held);
    expect(await payments("payments_agg_90d_online")).toEqual(held);
    const { users } = await app.client.query("{ users { totalCount nodes { userId } } }");
    expect(users).toEqual({
      totalCount: 4,
      nodes: ["U-1", "U-2", "U-3", "U-4"].map((userId) => ({ userId })),
    });
  });

  it("a correction of the older month is its next revision; live and online keep the newer month", async () => {
    const before = [await payments("payments_agg_90d"), await payments("payments_agg_90d_online")];
    const run = await ingest(delivery({ "payments_agg_90d:4": "U-3,9" }), JANUARY);
    expect(run.result).toMatchObject({ revision: 3, unchanged: false });
    // U-2 and U-3 hold from February; U-1 holds from January and is the same.
    expect(run.result.rows.payments_agg_90d).toEqual({ rows: 3, inserted: 0, updated: 0, unchanged: 3 });
    expect([await payments("payments_agg_90d"), await payments("payments_agg_90d_online")]).toEqual(before);
  });

  it("a late month adds the users only it knows, and leaves newer rows alone", async () => {
    const run = await ingest(delivery({}, ["U-1", "U-5"]), "2023-12-31");
    expect(run.result).toMatchObject({ revision: 1, unchanged: false });
    expect(run.result.rows.payments_agg_90d).toEqual({ rows: 2, inserted: 1, updated: 0, unchanged: 1 });
    const online = await payments("payments_agg_90d_online");
    expect(online.map(({ user_id, as_of }) => [user_id, as_of])).toEqual([
      ["U-1", JANUARY],
      ["U-2", FEBRUARY],
      ["U-3", FEBRUARY],
      ["U-4", FEBRUARY],
      ["U-5", "2023-12-31"],
    ]);
  });

  it("a user's row of a month can come after users.csv of an earlier one named them", async () => {
    const files = { ...delivery({}, ["U-2", "U-3", "U-4"]), labels: ["user_id,churn_label", "U-1,True"] };
    expect(await ingest(files, "2024-03-31")).toMatchObject({ status: "SUCCEEDED", result: { revision: 1 } });
  });

  it("a change of the entity is a revision, too: gates and joins read it as of the snapshot", async () => {
    const asOf = "2024-04-30";
    const gender = async () =>
      (await app.sql("select user_gender as is from users where user_id = 'U-1'"))[0]!.is;
    await ingest(delivery(), asOf);
    expect(await gender()).toBe("Female");
    const changed = delivery({ "users:2": "U-1,2022-01-01,Male,False,True,False" });
    for (const [files, revision, is] of [
      [changed, 2, "Male"],
      [delivery(), 3, "Female"],
    ] as const) {
      expect((await ingest(files, asOf)).result).toMatchObject({
        unchanged: false,
        revision,
        rows: { users: { updated: 1 } },
      });
      expect(await gender()).toBe(is);
    }
    const held = await app.sql(
      `select s.revision, u.user_gender as is from snapshots s join snapshot_parts p on p.snapshot_id = s.id and p.name = 'users'
       join users_snapshots u on u.snapshot_id = p.owner_id and u.as_of = p.event_date
       where s.as_of = $1 and u.user_id = 'U-1' order by 1`,
      [asOf],
    );
    expect(held.map(({ is }) => is)).toEqual(["Female", "Male", "Female"]);
  });

  it("returning to former content is a revision of its own", async () => {
    const asOf = "2024-05-31";
    const contents: string[] = [];
    for (const value of ["1", "2", "1"]) {
      const { snapshot } = await ingest(delivery({ "payments_agg_90d:2": `U-1,${value}` }), asOf);
      contents.push(`${snapshot!.revision} ${snapshot!.contentSha256}`);
    }
    expect(contents.map((content) => content[0])).toEqual(["1", "2", "3"]);
    expect(contents[0]!.slice(2)).toBe(contents[2]!.slice(2));
  });
});
