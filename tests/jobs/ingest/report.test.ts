import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { type Files, smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";

const USERS = userIds(40);

describe("the validation report of a run", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app?.stop());

  async function ingest(files: Files, write: (folder: string) => void = () => {}) {
    writeDelivery(app.dataDir, "delivery", { ...smallDelivery(USERS), ...files });
    write(join(app.dataDir, "delivery"));
    const run = await app.client.ingest("delivery", "2024-01-31");
    const failed = run.validation!.expectations.filter(({ success }) => !success);
    return { run, failed };
  }

  it("has every violation of every file, with counts, percent and at most 20 lines", async () => {
    const { usage_agg_30d: usage, labels, users } = smallDelivery(USERS);
    const { run, failed } = await ingest({
      // 30 of 40 rows, from line 6 on
      usage_agg_30d: usage!.map((line, i) =>
        i > 4 && i < 35 ? line.replace(/,\d+,\d+$/, ",many,-1") : line,
      ),
      // 1 of 40, and 1 row of a stranger
      labels: labels!.map((line, i) => (i === 3 ? `${USERS[2]},` : i === 4 ? "U-x,True" : line)),
      // 2 more rows for user 0
      users: [...users!, `${USERS[0]},,,,,`, `${USERS[0]},2022-13-01,,,,`],
    });
    const summary = failed.map((f) => [
      `${f.source} ${f.column} ${f.expectation}`,
      f.unexpectedCount,
      Math.round(f.unexpectedPercent * 100) / 100,
      f.sample.length,
    ]);
    expect(summary).toEqual([
      ["users user_id unique", 2, 4.76, 2],
      ["users signup_date type", 1, 2.38, 1],
      ["usage_agg_30d skips_7d type", 30, 75, 20],
      ["usage_agg_30d rebuffer_events_7d between", 30, 75, 20],
      ["labels user_id known_entity", 1, 2.5, 1],
      ["labels churn_label not_null", 1, 2.5, 1],
    ]);
    const skips = failed.find(({ column }) => column === "skips_7d")!;
    expect(skips.sample).toEqual(
      Array.from({ length: 20 }, (_, i) => ({ line: i + 6, userId: USERS[i + 4], value: "many" })),
    );
    expect(failed[0]!.sample).toEqual([
      { line: 42, userId: USERS[0], value: USERS[0] },
      { line: 43, userId: USERS[0], value: USERS[0] },
    ]);
    expect(run.error!.message).toBe(
      `users.csv, line 42, column user_id: value "${USERS[0]}" must not appear twice (unique); 65 violations in all ` +
        "(users.csv user_id unique: 2, users.csv signup_date type: 1, usage_agg_30d.csv skips_7d type: 30, " +
        "usage_agg_30d.csv rebuffer_events_7d between: 30, labels.csv user_id known_entity: 1, and 1 more), " +
        "their lines are in the run's validation. Nothing was published.",
    );
  });

  it.each([
    ["LF", "\n", "\n"],
    ["CRLF", "\r\n", "\r\n"],
    ["CRLF outside, LF inside quotes", "\r\n", "\n"],
    ["LF outside, CRLF inside quotes", "\n", "\r\n"],
    ["CR", "\r", "\r"],
  ])(
    "has the line a row begins on, after blank lines and line ends inside quotes: %s",
    async (_, end, inside) => {
      // 1 header, 2 blank, 3-5 one user, 6 blank, 7-8 another, 9 wrong, 10-11 wrong, 12 wrong
      const rows = [
        "user_id,signup_date,user_gender,user_is_senior,has_family,has_dependents",
        "",
        `"a${inside}${inside}b",,,,,`,
        "",
        `"c${inside}d",2022-01-01,"Male",,,`,
        "e,never,,,,",
        `"f${inside}g",never,,,,`,
        "h,never,,,,",
      ];
      const { failed } = await ingest({}, (folder) =>
        writeFileSync(join(folder, "users.csv"), rows.join(end)),
      );
      const dates = failed.find(({ source, column }) => source === "users" && column === "signup_date")!;
      expect(dates.sample).toEqual([
        { line: 9, userId: "e", value: "never" },
        { line: 10, userId: `f${inside}g`, value: "never" },
        { line: 12, userId: "h", value: "never" },
      ]);
    },
  );

  it("takes a value that is cut inside a character of two halves", async () => {
    const { failed } = await ingest({ labels: ["user_id,churn_label", `${USERS[0]},${"x".repeat(299)}😀`] });
    expect(failed[0]!.sample).toEqual([{ line: 2, userId: USERS[0], value: "x".repeat(299) }]);
  });

  it("holds every expectation of every source when all is well, each with 0 unexpected rows", async () => {
    const { run, failed } = await ingest({});
    expect(failed).toEqual([]);
    expect(run.error).toBeNull();
    const { run: asked } = await app.client.query(
      "query($id: ID!) { run(id: $id) { validation { success expectations { source expectation severity observed unexpectedCount } } } }",
      { id: run.id },
    );
    expect(asked.validation.success).toBe(true);
    expect(new Set(asked.validation.expectations.map((e: any) => e.source)).size).toBe(6);
    const plausibility = ["date_between", "no_streaming_without_internet"];
    for (const { expectation, severity, unexpectedCount, observed } of asked.validation.expectations) {
      expect({ severity, unexpectedCount, rows: observed.rows }).toEqual({
        severity: plausibility.includes(expectation) ? "WARNING" : "ERROR",
        unexpectedCount: 0,
        rows: 40,
      });
    }
  });

  it("is the snapshot's too", async () => {
    const { snapshot } = await app.client.query(
      '{ snapshot(asOf: "2024-01-31") { validation { success expectations { source } } sources { name rowCount sha256 } } }',
    );
    expect(snapshot.validation.success).toBe(true);
    expect(snapshot.sources.map((file: any) => [file.name, file.rowCount])).toContainEqual(["labels", 40]);
  });
});
