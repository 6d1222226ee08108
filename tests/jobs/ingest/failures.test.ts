import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { type Files, smallDelivery, writeDelivery } from "../../support/delivery.js";
import { dumpStore, stagingTables } from "../../support/store-dump.js";
import { until } from "../../support/until.js";

const USERS = ["U-1", "U-2", "U-3"];
const USER_COLUMNS = "user_id,signup_date,user_gender,user_is_senior,has_family,has_dependents";
const USAGE_COLUMNS =
  "user_id,watch_hours_30d,avg_session_mins_7d,unique_devices_30d,skips_7d,rebuffer_events_7d";
const INT_RULE = "must be a whole number from -2147483648 to 2147483647 (type)";
const DATE_RULE = "must be a date that exists, as 2024-01-31 (type)";

/** Lines of `users.csv` for the three users, the given ones first. */
const users = (...lines: string[]) => ({
  users: [USER_COLUMNS, ...lines, ...USERS.slice(lines.length).map((id) => `${id},2022-01-01,Male,,,`)],
});
const usage = (...lines: string[]) => ({ usage_agg_30d: [USAGE_COLUMNS, ...lines] });
const labels = (...lines: string[]) => ({ labels: ["user_id,churn_label", ...lines] });
const payments = (...lines: string[]) => ({ payments_agg_90d: ["user_id,failed_payments_90d", ...lines] });

const FAILURES: [title: string, files: Files, message: string][] = [
  [
    "a missing column",
    { users: ["user_id,signup_date,user_gender,user_is_senior,has_dependents", "U-1,,,,"] },
    `users.csv, line 1: has_family is missing; must have exactly the columns ${USER_COLUMNS.replaceAll(",", ", ")} (column_set)`,
  ],
  [
    "an unknown column and a missing one",
    { payments_agg_90d: ["user_id,failed_payments", "U-1,0"] },
    'payments_agg_90d.csv, line 1: failed_payments_90d is missing, "failed_payments" is not declared; must have exactly',
  ],
  [
    "columns separated by semicolons",
    { labels: ["user_id;churn_label", "U-1;True"] },
    "labels.csv, line 1: the columns are separated by semicolons; separate them by commas; must have exactly the columns user_id, churn_label (column_set)",
  ],
  [
    "a column in other letters",
    { labels: ["user_id, Churn Label", "U-1,True"] },
    'labels.csv, line 1: churn_label is missing, " Churn Label" is not declared, write it churn_label; must have',
  ],
  [
    "a column twice",
    { labels: ["user_id,churn_label,churn_label", "U-1,True,False"] },
    "labels.csv, line 1: churn_label is there twice; must have exactly the columns user_id, churn_label (column_set)",
  ],
  [
    "an empty file",
    { labels: [""] },
    "labels.csv, line 1: the file is empty; must have exactly the columns user_id, churn_label (column_set)",
  ],
  [
    "a header and nothing else",
    labels(),
    "labels.csv, line 1: nothing follows the header; must have at least one row (row_count)",
  ],
  [
    "a short row",
    labels("U-1,True", "U-2"),
    'labels.csv, line 3: 1 field in "U-2"; every row must have 2 (row_shape)',
  ],
  [
    "a long row",
    labels("U-1,True", "U-2,False,x"),
    'labels.csv, line 3: 3 fields in "U-2,False,x"; every row must have 2 (row_shape)',
  ],
  ["an empty key", labels(",True"), "labels.csv, line 2, column user_id: must not be empty (not_null)"],
  [
    "a key twice",
    labels("U-1,True", "U-2,True", "U-1,False"),
    'labels.csv, line 4, column user_id: value "U-1" must not appear twice (unique)',
  ],
  [
    "a key of 201 characters",
    labels(`${"k".repeat(201)},True`),
    `labels.csv, line 2, column user_id: value "${"k".repeat(200)}" must be text in UTF-8 of at most 200 characters`,
  ],
  [
    "a user nobody knows",
    labels("U-1,True", "U-9,True"),
    'labels.csv, line 3, column user_id: value "U-9" must be a user_id of this or an earlier users.csv (known_entity)',
  ],
  ...["1.5", "abc", "99999999999", "1e3", "0x10", " 1", "2147483648"].map(
    (value): [string, Files, string] => [
      `${JSON.stringify(value)} as a whole number`,
      usage(`U-1,1,1,${value},1,1`),
      `usage_agg_30d.csv, line 2, column unique_devices_30d: value ${JSON.stringify(value)} ${INT_RULE}`,
    ],
  ),
  ...["NaN", "Infinity", "-inf", "1e400", "1,5", "--1"].map((value): [string, Files, string] => [
    `${value} as a number`,
    usage(`U-1,"${value}",1,1,1,1`),
    `usage_agg_30d.csv, line 2, column watch_hours_30d: value "${value}" must be a finite number (type)`,
  ]),
  [
    "a negative whole number",
    payments("U-1,-1"),
    'payments_agg_90d.csv, line 2, column failed_payments_90d: value "-1" must be at least 0 (between)',
  ],
  [
    "a negative number",
    usage("U-1,-0.5,1,1,1,1"),
    'usage_agg_30d.csv, line 2, column watch_hours_30d: value "-0.5" must be at least 0 (between)',
  ],
  ...["yes", "1", "T", " True"].map((value): [string, Files, string] => [
    `${JSON.stringify(value)} as a boolean`,
    labels(`U-1,${value}`),
    `labels.csv, line 2, column churn_label: value ${JSON.stringify(value)} must be True or False (type)`,
  ]),
  ...["2024-02-30", "2023-02-29", "2024-1-1", "31.01.2024", "2024-01-31T00:00:00Z", "0000-01-01"].map(
    (value): [string, Files, string] => [
      `${value} as a date`,
      users(`U-1,${value},Male,,,`),
      `users.csv, line 2, column signup_date: value "${value}" ${DATE_RULE}`,
    ],
  ),
  [
    "a value outside its set",
    users("U-1,2022-01-01,male,,,"),
    'users.csv, line 2, column user_gender: value "male" must be one of "Female", "Male" (in_set)',
  ],
  ["an empty label", labels("U-1,"), "labels.csv, line 2, column churn_label: must not be empty (not_null)"],
  [
    "a quote that is never closed",
    labels("U-1,True", 'U-2,"True', "U-3,False"),
    "labels.csv, line 3: a quote opened here is never closed; must be a CSV file (readable)",
  ],
  [
    "text after a closing quote",
    labels("U-1,True", 'U-2,"True"ly'),
    'labels.csv, line 3: a quoted value goes on after its closing quote; write a quote inside a value as ""; must be a CSV file',
  ],
  [
    "a quote inside an unquoted value",
    labels("U-1,True", 'U"2,True'),
    'labels.csv, line 3: a quote begins inside a value; quote the whole value and write the quote as ""; must be',
  ],
  [
    "a NUL byte in a key",
    labels("U-1\0,True"),
    'labels.csv, line 2, column user_id: value "U-1␀" must be text in UTF-8 of at most 200 characters, without NUL (type)',
  ],
  [
    "a NUL byte in a value",
    labels("U-1,True\0"),
    'labels.csv, line 2, column churn_label: value "True␀" must be True or False (type)',
  ],
  [
    "a NUL byte in a header",
    { labels: ["user_id,churn_label\0", "U-1,True"] },
    'labels.csv, line 1: churn_label is missing, "churn_label\\u0000" is not declared; must have exactly the columns',
  ],
];

describe("a delivery that breaks an expectation", () => {
  let app: TestApp;
  let before: Record<string, string[]>;

  beforeAll(async () => {
    app = await startTestApp();
    writeDelivery(app.dataDir, "good", smallDelivery(USERS));
    const { error } = await app.client.ingest("good", "2024-01-31");
    expect(error).toBeNull();
    before = await dumpStore(app);
    expect(before.users).toHaveLength(3);
  });
  afterAll(() => app?.stop());

  it.each(FAILURES)("fails on %s and changes no table", async (_, files, message) => {
    writeDelivery(app.dataDir, "broken", { ...smallDelivery(USERS), ...files });
    const run = await app.client.ingest("broken", "2024-02-29");
    expect(run).toMatchObject({ status: "FAILED", snapshot: null, result: null });
    expect(run.error).toMatchObject({ code: "VALIDATION_FAILED", step: "validate" });
    expect(run.error!.message.slice(0, message.length)).toBe(message);
    expect(run.error!.message).toMatch(/\. Nothing was published\.$/);
    expect(run.validation!.success).toBe(false);
    expect(await dumpStore(app)).toEqual(before);
    await until("nothing is staged", async () => (await stagingTables(app)).length === 0);
  });

  it("fails on bytes that are not UTF-8, naming where they are", async () => {
    writeDelivery(app.dataDir, "broken", smallDelivery(USERS));
    const latin1 = Buffer.from("user_id,churn_label\nU-1,True\nJos\u00e9,True\n", "latin1");
    writeFileSync(join(app.dataDir, "broken/labels.csv"), latin1);
    const { error } = await app.client.ingest("broken", "2024-02-29");
    expect(error).toMatchObject({ code: "VALIDATION_FAILED" });
    expect(error!.message).toContain(
      'labels.csv, line 3, column user_id: value "Jos\ufffd" must be text in UTF-8 of at most 200 characters',
    );
    expect(await dumpStore(app)).toEqual(before);
  });

  it("blames only the entity file where that one cannot be read", async () => {
    writeDelivery(app.dataDir, "broken", { ...smallDelivery(["U-8", "U-9"]), users: [""] });
    const { validation } = await app.client.ingest("broken", "2024-02-29");
    const failed = validation!.expectations.filter(({ success }) => !success);
    expect(failed.map(({ source, expectation }) => [source, expectation])).toEqual([["users", "column_set"]]);
  });

  it("is published as soon as it is mended", async () => {
    writeDelivery(app.dataDir, "broken", smallDelivery(USERS));
    expect(await app.client.ingest("broken", "2024-02-29")).toMatchObject({
      status: "SUCCEEDED",
      error: null,
    });
  });
});
