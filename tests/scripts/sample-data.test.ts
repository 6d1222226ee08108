import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSampleData } from "../../scripts/sample-data/files.js";
import { fitLogistic, rankAuc } from "./tiny-logistic.js";

const COMMITTED = fileURLToPath(new URL("../../data/", import.meta.url));
const MONTHS = ["month_000", "month_001"];

const COLUMNS: Record<string, string> = {
  "users.csv": "user_id,signup_date,user_gender,user_is_senior,has_family,has_dependents",
  "subscriptions.csv":
    "user_id,months_active,plan_stream_tv,plan_stream_movies,contract_type,paperless_billing,monthly_fee,total_paid,net_service",
  "usage_agg_30d.csv":
    "user_id,watch_hours_30d,avg_session_mins_7d,unique_devices_30d,skips_7d,rebuffer_events_7d",
  "payments_agg_90d.csv": "user_id,failed_payments_90d",
  "support_agg_90d.csv": "user_id,support_tickets_90d,ticket_avg_resolution_hrs_90d",
  "labels.csv": "user_id,churn_label",
};

const BOOLEAN = /^(True|False)$/;
const INTEGER = /^\d+$/;
const DECIMAL = /^\d+\.\d+$/;
const FORMATS: Record<string, RegExp> = {
  user_id: /^\d{4}-[A-Z]{5}$/,
  signup_date: /^\d{4}-\d{2}-\d{2}$/,
  user_gender: /^(Female|Male)$/,
  user_is_senior: BOOLEAN,
  has_family: BOOLEAN,
  has_dependents: BOOLEAN,
  months_active: INTEGER,
  plan_stream_tv: /^(True|False|)$/,
  plan_stream_movies: /^(True|False|)$/,
  contract_type: /^(Month-to-month|One year|Two year)$/,
  paperless_billing: BOOLEAN,
  monthly_fee: DECIMAL,
  total_paid: DECIMAL,
  net_service: /^(DSL|Fiber optic|No)$/,
  watch_hours_30d: DECIMAL,
  avg_session_mins_7d: DECIMAL,
  unique_devices_30d: INTEGER,
  skips_7d: INTEGER,
  rebuffer_events_7d: INTEGER,
  failed_payments_90d: INTEGER,
  support_tickets_90d: INTEGER,
  ticket_avg_resolution_hrs_90d: DECIMAL,
  churn_label: BOOLEAN,
};

type Row = Record<string, string>;

/** No cell is quoted, so splitting is parsing. */
async function readRows(month: string, file: string): Promise<Row[]> {
  const [header, ...lines] = (await readFile(join(COMMITTED, month, file), "utf8")).trimEnd().split("\n");
  const names = header!.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    if (cells.length !== names.length)
      throw new Error(`${month}/${file}: ${names.length} cells expected, got ${line}`);
    return Object.fromEntries(names.map((name, i) => [name, cells[i]!]));
  });
}

/** All files of a month, joined on user_id. */
async function readMonth(month: string): Promise<Row[]> {
  const users = new Map<string, Row>();
  for (const file of Object.keys(COLUMNS)) {
    for (const row of await readRows(month, file)) {
      users.set(row.user_id!, { ...users.get(row.user_id!), ...row });
    }
  }
  return [...users.values()];
}

describe("the sample generator", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "asof-sample-"));
    await writeSampleData(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("writes six files for each of two months and nothing else", async () => {
    expect((await readdir(folder)).sort()).toEqual(MONTHS);
    for (const month of MONTHS) {
      expect((await readdir(join(folder, month))).sort()).toEqual(Object.keys(COLUMNS).sort());
    }
  });

  it.each(MONTHS)("writes %s byte for byte as committed", async (month) => {
    for (const file of Object.keys(COLUMNS)) {
      const [generated, committed] = await Promise.all(
        [folder, COMMITTED].map((root) => readFile(join(root, month, file))),
      );
      expect(generated!.equals(committed!), `${month}/${file}; run npm run data:generate`).toBe(true);
    }
  });
});

describe.each(MONTHS)("data/%s", (month) => {
  it.each(Object.entries(COLUMNS))("%s has the documented columns in their order", async (file, columns) => {
    const text = await readFile(join(COMMITTED, month, file), "utf8");
    expect(text.slice(0, text.indexOf("\n"))).toBe(columns);
    expect(text).not.toContain("\r");
  });

  it.each(Object.keys(COLUMNS))("%s has 7 043 different users, 8627-ZYGSZ among them", async (file) => {
    const ids = (await readRows(month, file)).map((row) => row.user_id!);
    expect(ids).toHaveLength(7_043);
    expect(new Set(ids).size).toBe(7_043);
    expect(ids).toContain("8627-ZYGSZ");
  });

  it("writes every value in its documented format", async () => {
    const wrong = (await readMonth(month)).flatMap((row) =>
      Object.entries(FORMATS)
        .filter(([column, format]) => !format.test(row[column]!))
        .map(([column]) => `${row.user_id} ${column}: ${row[column]}`),
    );
    expect(wrong).toEqual([]);
  });

  it("leaves the two plans empty for users without an internet service, and nothing else empty", async () => {
    const rows = await readMonth(month);
    const offline = rows.filter((row) => row.net_service === "No");
    expect(offline.length / rows.length).toBeGreaterThan(0.19);
    expect(offline.length / rows.length).toBeLessThan(0.24);
    const emptyColumns = rows.map((row) =>
      Object.keys(row)
        .filter((column) => row[column] === "")
        .join(),
    );
    const documented = rows.map((row) =>
      row.net_service === "No" ? "plan_stream_tv,plan_stream_movies" : "",
    );
    expect(emptyColumns).toEqual(documented);
  });
});

describe("from January to February", () => {
  it.each(Object.keys(COLUMNS))("%s keeps its users in the same order", async (file) => {
    const [january, february] = await Promise.all(MONTHS.map((month) => readRows(month, file)));
    expect(february!.map((row) => row.user_id)).toEqual(january!.map((row) => row.user_id));
  });

  it.each([
    ["users.csv", true],
    ["subscriptions.csv", true],
    ["usage_agg_30d.csv", false],
    ["payments_agg_90d.csv", false],
    ["support_agg_90d.csv", false],
    ["labels.csv", false],
  ])("%s is identical: %s", async (file, identical) => {
    const [january, february] = await Promise.all(
      MONTHS.map((month) => readFile(join(COMMITTED, month, file))),
    );
    expect(january!.equals(february!)).toBe(identical);
  });
});

describe("the churn signal", () => {
  it.each([
    { month: "month_000", churn: [0.255, 0.275], auc: [0.81, 0.86] },
    { month: "month_001", churn: [0.23, 0.25], auc: [0.74, 0.8] },
  ])("of $month: a churn share in $churn, a held-out AUC in $auc", async ({ month, churn, auc }) => {
    const rows = await readMonth(month);
    const churned = rows.map((row) => row.churn_label === "True");
    const share = churned.filter(Boolean).length / rows.length;
    expect(share).toBeGreaterThan(churn[0]!);
    expect(share).toBeLessThan(churn[1]!);

    const isTest = (_: unknown, index: number) => index % 4 === 0;
    const isTraining = (_: unknown, index: number) => index % 4 !== 0;
    const inputs = rows.map(modelInputs);
    const score = fitLogistic(inputs.filter(isTraining), churned.filter(isTraining));
    const heldOut = rankAuc(inputs.filter(isTest).map(score), churned.filter(isTest));
    expect(heldOut).toBeGreaterThan(auc[0]!);
    expect(heldOut).toBeLessThan(auc[1]!);
  });

  it("is not in gender, family, devices or skips", async () => {
    const rows = await readMonth("month_000");
    const churned = rows.map((row) => row.churn_label === "True");
    const irrelevant: ((row: Row) => number)[] = [
      (row) => Number(row.user_gender === "Male"),
      (row) => Number(row.has_family === "True"),
      (row) => Number(row.unique_devices_30d),
      (row) => Number(row.skips_7d),
    ];
    for (const read of irrelevant)
      expect(Math.abs(rankAuc(rows.map(read), churned) - 0.5)).toBeLessThan(0.025);
  });
});

function modelInputs(row: Row): number[] {
  return [
    Number(row.months_active),
    Number(row.monthly_fee),
    Number(row.net_service === "Fiber optic"),
    Number(row.net_service === "No"),
    Number(row.paperless_billing === "True"),
    Number(row.watch_hours_30d),
    Number(row.rebuffer_events_7d),
    Number(row.failed_payments_90d),
    Number(row.support_tickets_90d),
    Number(row.ticket_avg_resolution_hrs_90d),
  ];
}
