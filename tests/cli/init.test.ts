import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asof } from "../support/cli.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { startProcess, type TestProcess } from "../support/process.js";

const APPLICANTS = 160;
let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "asof-init-"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A folder of its own with one delivery. */
function delivered(name: string, files: Record<string, string>): string {
  const folder = join(work, name);
  mkdirSync(join(folder, "in/2024-01"), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, "in/2024-01", file), text);
  return folder;
}
const init = (folder: string, ...args: string[]) =>
  asof(["init", "--from", "in/2024-01", ...args], {}, folder);

/** Loan applications as a bank might hand them over: a spreadsheet's CSV, and JSON Lines. */
const applications = (): Record<string, string> => {
  const bad = (i: number) => i % 4 === 0;
  const savings = (i: number) => (i % 7 === 0 ? "NA" : String(bad(i) ? 100 + i : 900 + i));
  const row = (i: number) =>
    [
      `A-${i}`,
      bad(i) ? 9000 + i : 1000 + i,
      ["car", "radio/tv", "repairs"][i % 3],
      `2019-0${1 + (i % 9)}-01`,
      i % 2 ? "yes" : "no",
      savings(i),
      `${i % 5},25`,
      `note ${i}`,
      `0${100 + i}`,
    ].join(";");
  const all = Array.from({ length: APPLICANTS }, (_, i) => i);
  return {
    "Loan applications.csv": `Applicant ID;Amount;Purpose;Employed since;Foreign worker;Savings;Rate;Remark;Branch\n${all.map(row).join("\n")}\n`,
    "outcomes.jsonl": all
      .map((i) => JSON.stringify({ applicant_id: `A-${i}`, class: bad(i) ? 2 : 1 }))
      .join("\n"),
    "README.md": "not a delivery",
  };
};

describe("asof init", () => {
  let folder: string;
  let database: TestDatabase;
  let server: TestProcess;
  let env: Record<string, string>;
  let printed: string;
  beforeAll(async () => {
    folder = delivered("bank", applications());
    const finished = await init(
      folder,
      "--name",
      "credit",
      "--key",
      "Applicant ID",
      "--label",
      "outcomes.class",
    );
    expect(finished).toMatchObject({ code: 0 });
    printed = finished.out;
    database = await createDatabase();
    env = {
      DATABASE_URL: database.url,
      ASOF_DEFINITIONS: join(folder, "credit"),
      ASOF_SCHEMA: "",
      ASOF_HOME: join(folder, "home"),
      DATA_DIR: join(folder, "in"),
    };
    server = await startProcess(env);
    env.ASOF_URL = server.client.address;
  });
  afterAll(async () => {
    await server?.stop();
    await database?.drop();
  });

  it("writes what the files say, and prints what they do not", () => {
    expect(readdirSync(join(folder, "credit")).sort()).toEqual(["definitions.ts", "drizzle"]);
    const text = readFileSync(join(folder, "credit/definitions.ts"), "utf8");
    for (const line of [
      'file: "Loan applications"',
      'keyFrom: "Applicant ID"',
      'delimiter: ";"',
      'decimal: ","',
      'empty: ["NA"]',
      'amount: int({ from: "Amount", min: 0 })',
      'purpose: string({ from: "Purpose", oneOf: ["car", "radio/tv", "repairs"] })',
      'employed_since: date({ from: "Employed since" })',
      'foreign_worker: bool({ from: "Foreign worker", true: ["yes"], false: ["no"] })',
      'savings: int({ from: "Savings", min: 0 })',
      'rate: float({ from: "Rate", min: 0 })',
      'branch: string({ from: "Branch" })',
      'class: bool({ required: true, true: ["2"], false: ["1"] })',
      'features: [\n      "amount",\n      "purpose",\n      "foreign_worker",\n      "savings",\n      "rate",\n    ]',
    ])
      expect(text).toContain(line);
    expect(readFileSync(join(folder, ".env"), "utf8")).toContain(
      "ASOF_DEFINITIONS=credit/definitions.ts\nASOF_HOME=.asof-credit\nDATA_DIR=in\n",
    );
    expect(printed).toContain('outcomes.class: "2" (25 % of the rows) was taken for true, "1" for false');
    expect(printed).toContain("loan_applications.remark: no feature, because it has 160 different texts");
    expect(printed).toContain("npx asof ingest 2024-01 --as-of <date> --follow");
  });

  it("makes a deployment that ingests, learns, promotes and predicts by the commands it prints", async () => {
    const run = async (...args: string[]) => {
      const finished = await asof(args, env, folder);
      expect([args, finished.err, finished.code]).toEqual([args, finished.err, 0]);
      return finished.out;
    };
    await run("ingest", "2024-01", "--as-of", "2024-01-31", "--follow");
    const training = ["--as-of", "2024-01-31", "--algorithm", "logistic-regression", "--follow"];
    await run("train", "--model", "credit", ...training);
    expect(await run("promote", "1", "--model", "credit")).toContain("credit version 1 is PRODUCTION");
    expect(await run("predict", "A-8", "--model", "credit")).toMatch(/^A-8: 1 \(probability 0\.[5-9]/);
    expect(await run("predict", "A-9", "--model", "credit")).toMatch(/^A-9: 0 \(probability 0\.[0-4]/);
    expect(await run("features", "A-7", "--json")).toContain('"savings":null');
  }, 120_000);

  describe("asof plan, of what changed", () => {
    /** The definitions with some lines replaced, beside the same migrations. */
    const planOf = (...lines: [from: string, to: string][]) => {
      const text = readFileSync(join(folder, "credit/definitions.ts"), "utf8");
      const module = join(folder, "credit/changed.ts");
      const changed = lines.reduce((before, [from, to]) => {
        expect(before).toContain(from);
        return before.replace(from, to);
      }, text);
      writeFileSync(module, changed);
      return asof(["plan"], { ...env, ASOF_DEFINITIONS: "credit/changed.ts" }, folder);
    };
    const RATE = '    rate: float({ from: "Rate", min: 0 }),\n';
    const FEATURE = '      "rate",\n';

    it("says that nothing is to be done where nothing is", async () => {
      const { code, out } = await planOf();
      expect(out).toContain("credit: the migrations hold what the definitions declare");
      expect(out).toContain("  credit 1 (PRODUCTION) is served as before");
      expect(code).toBe(0);
    });

    it("names what a new column does", async () => {
      const { code, out } = await planOf(
        [RATE, `${RATE}    income: int(),\n`],
        [FEATURE, `${FEATURE}      "income",\n`],
      );
      expect(out).toContain("  + loan_applications.income (int)\n");
      expect(out).toContain("  view loan_applications_features serves income from then on");
      expect(out).toContain(
        "Snapshots: 1 of 1 date keep their rows and hashes; they answer NOT_DECLARED for what is added",
      );
      expect(out).toContain("  credit 1 (PRODUCTION) is served as before");
      expect(code).toBe(0);
    });

    it("names what of deliveries changes, which needs no statement", async () => {
      const { code, out } = await planOf(
        [
          '  keyFrom: "Applicant ID",',
          '  keyFrom: "Applicant ID",\n  from: files("s3://bucket/extracts"),\n  delivered: "sometimes",',
        ],
        ["import { ", "import { files, "],
      );
      expect(out).toContain("Tables: 0 statements\n");
      expect(out).toContain(
        '  ~ loan_applications comes from files("s3://bucket/extracts") from the next delivery on, not from files(); snapshots keep what they have',
      );
      expect(out).toContain(
        "  ~ loan_applications may be missing in a delivery: what is known of it stays current",
      );
      expect(code).toBe(0);
    });

    it("refuses what would lose something, with the line to add", async () => {
      const { code, out } = await planOf([RATE, ""], [FEATURE, ""]);
      expect(out).toContain("Refused: a change would lose something. Add to the definitions:");
      expect(out).toContain('retired: ["rate"], in source("loan_applications", …)');
      expect(code).toBe(1);
    });

    it("names the model in Production that could not be served", async () => {
      const { code, out } = await planOf(
        [RATE, ""],
        [FEATURE, ""],
        ['  keyFrom: "Applicant ID",', '  keyFrom: "Applicant ID",\n  retired: ["rate"],'],
        ["    source: loanApplications,", '    source: loanApplications,\n    retired: ["rate"],'],
      );
      expect(out).toContain(
        "  - loan_applications.rate is retired: files hold it no longer, its history stays",
      );
      expect(out).toMatch(/credit 1 \(PRODUCTION\) would not be served: .*rate.*; /);
      expect(code).toBe(1);
    });
  });

  it("leaves what is there alone", async () => {
    expect(await init(folder, "--name", "credit")).toMatchObject({
      code: 1,
      err: expect.stringContaining("credit is there already; choose another --name"),
    });
    expect(await init(folder, "--name", "other")).toMatchObject({
      code: 1,
      err: expect.stringContaining(".env names ASOF_DEFINITIONS=credit/definitions.ts already"),
    });
  });
});

describe("asof init of a label that is not yes or no", () => {
  const CLASSES = ["never", "often", "rarely"];
  const customers = (label: (i: number) => string): string =>
    `id,age,spend\n${Array.from({ length: 150 }, (_, i) => `K-${i},${20 + (i % 50)},${label(i)}`).join("\n")}\n`;

  it.each([
    {
      what: "numbers with fractions",
      label: (i: number) => `${3 * (20 + (i % 50)) + (i % 7) / 4}`,
      notes: [
        "customers.spend: its numbers are learnt as a quantity (regression)\n",
        "label customers.spend (regression)",
      ],
      lines: [
        "spend: float({ required: true, min: 0 })",
        'gates: { minimum: { r2: 0.1 }, notWorse: { metric: "rmse", maxLoss: 0.02 } },',
      ],
      answer: /^K-49: 2\d\d\.\d/,
    },
    {
      what: "a few whole numbers",
      label: (i: number) => `${1 + Math.floor((i % 50) / 10)}`,
      notes: ["(regression); if they name classes, write task: multiclass(…)"],
      lines: ["spend: int({ required: true, min: 0 })", "minimum: { r2: 0.1 }"],
      answer: /^K-49: [45]/,
    },
    {
      what: "a few texts",
      label: (i: number) => CLASSES[Math.floor((i % 50) / 17)]!,
      notes: [
        "customers.spend: its 3 texts are learnt as classes (multiclass)",
        "label customers.spend (multiclass)",
      ],
      lines: [
        'spend: string({ required: true, oneOf: ["never", "often", "rarely"] })',
        'gates: { minimum: { macro_auc: 0.6 }, notWorse: { metric: "log_loss", maxLoss: 0.02 } },',
      ],
      answer: /^K-49: rarely/,
    },
  ])(
    "makes a deployment that learns it: $what",
    async ({ what, label, notes, lines, answer }) => {
      const folder = delivered(what.replaceAll(" ", "-"), { "customers.csv": customers(label) });
      const finished = await init(folder, "--name", "shop", "--key", "id", "--label", "customers.spend");
      expect(finished).toMatchObject({ code: 0 });
      for (const note of notes) expect(finished.out).toContain(note);
      const text = readFileSync(join(folder, "shop/definitions.ts"), "utf8");
      for (const line of lines) expect(text).toContain(line);
      const database = await createDatabase();
      const env: Record<string, string> = {
        DATABASE_URL: database.url,
        ASOF_DEFINITIONS: join(folder, "shop"),
        ASOF_SCHEMA: "",
        ASOF_HOME: join(folder, "home"),
        DATA_DIR: join(folder, "in"),
      };
      const server = await startProcess(env);
      try {
        env.ASOF_URL = server.client.address;
        const day = ["--as-of", "2024-01-31"];
        for (const args of [
          ["ingest", "2024-01", ...day, "--follow"],
          [
            "train",
            "--model",
            "shop",
            ...day,
            "--algorithm",
            "random-forest",
            "--params",
            '{"min_leaf_rows":2}',
            "--follow",
          ],
          ["promote", "1", "--model", "shop"],
        ]) {
          const { code, err } = await asof(args, env, folder);
          expect([args, err, code]).toEqual([args, err, 0]);
        }
        expect((await asof(["predict", "K-49"], env, folder)).out).toMatch(answer);
      } finally {
        await server.stop();
        await database.drop();
      }
    },
    240_000,
  );
});

describe("asof init of a file with many rows for a key", () => {
  const outcomes = (customers: number): string =>
    `Customer ID;gone\n${Array.from({ length: customers }, (_, i) => `K-${i};${i % 3 ? "no" : "yes"}`).join("\n")}\n`;
  const orders = (header: string, row: (i: number) => string): string =>
    `${header}\n${Array.from({ length: 240 }, (_, i) => row(i)).join("\n")}\n`;
  const at = (i: number): string => `2024-01-${String(1 + (i % 28)).padStart(2, "0")} 10:${10 + (i % 50)}:00`;

  it("takes it for events, and what it computes of them can be learnt from", async () => {
    const folder = delivered("shop", {
      "outcomes.csv": outcomes(80),
      "Order lines.csv": orders(
        "Order;Customer ID;Ordered at;Value;channel;gift",
        (i) =>
          `O-${i};K-${i % 80};${at(i)};${(i % 80) % 3 ? "5,5" : "50,25"};${i % 2 ? "web" : "store"};${i % 5 ? "no" : "yes"}`,
      ),
    });
    const finished = await init(folder, "--name", "shop", "--key", "Customer ID", "--label", "outcomes.gone");
    expect(finished).toMatchObject({ code: 0 });
    for (const sentence of [
      "order_lines: has many rows for a customer_id, and was taken for events at ordered_at; one that is delivered again is known by order;",
      "order_lines.ordered_at: times without an offset were taken for UTC",
    ])
      expect(finished.out).toContain(sentence);
    const text = readFileSync(join(folder, "shop/definitions.ts"), "utf8");
    for (const line of [
      '  eventTime: "ordered_at",\n  eventKey: ["order"],\n',
      "order_lines_90d: count(days(90)),",
      'value_sum_90d: sum("value", days(90)),',
      'value_mean_90d: mean("value", days(90)),',
      'last_channel: last("channel"),',
      "gift_90d: count(days(90), { where: { gift: true } }),",
      'days_since_order_lines: daysSince(max("ordered_at")),',
      "entitySource: outcomes,",
    ])
      expect(text).toContain(line);
    const database = await createDatabase();
    const env: Record<string, string> = {
      DATABASE_URL: database.url,
      ASOF_DEFINITIONS: join(folder, "shop"),
      ASOF_SCHEMA: "",
      ASOF_HOME: join(folder, "home"),
      DATA_DIR: join(folder, "in"),
    };
    const server = await startProcess(env);
    try {
      env.ASOF_URL = server.client.address;
      const day = ["--as-of", "2024-01-31"];
      const algorithm = ["--algorithm", "logistic-regression"];
      for (const args of [
        ["ingest", "2024-01", ...day, "--follow"],
        ["train", "--model", "shop", ...day, ...algorithm, "--follow"],
        ["promote", "1", "--model", "shop"],
      ]) {
        const { code, err } = await asof(args, env, folder);
        expect([args, err, code]).toEqual([args, err, 0]);
      }
      expect((await asof(["predict", "K-3"], env, folder)).out).toMatch(/^K-3: 1 /);
      expect((await asof(["predict", "K-4"], env, folder)).out).toMatch(/^K-4: 0 /);
      const { json } = JSON.parse((await asof(["features", "K-3", "--json"], env, folder)).out);
      expect(json).toEqual({
        order_lines_90d: 3,
        value_sum_90d: 150.75,
        value_mean_90d: 50.25,
        last_channel: "web",
        gift_90d: 0,
        days_since_order_lines: 3,
      });
    } finally {
      await server.stop();
      await database.drop();
    }
  }, 240_000);

  it.each([
    [
      "whole numbers",
      (i: number) => `${1000 + i}`,
      "{ customer_id: bigint() }",
      "a bigint, as all of its values are",
    ],
    [
      "UUIDs in capitals",
      (i: number) => `${String(i).padStart(8, "0")}-9D54-4C7A-8F10-2B6E5A7C9DAB`,
      "{ customer_id: uuid() }",
      "a uuid, as all of its values are",
    ],
    ["codes with zeros before them", (i: number) => `${i}`.padStart(3, "0"), '"customer_id"', "a text"],
    ["numbers, and one that is none", (i: number) => (i === 7 ? "none" : `${i}`), '"customer_id"', "a text"],
    ["whole numbers in two forms", (i: number) => (i === 7 ? "+7" : `${i}`), '"customer_id"', "a text"],
  ])(
    "takes a key of %s for what all of its values are",
    async (title, key, line, words) => {
      const folder = delivered(title.replaceAll(/\W/g, "-"), {
        "customers.csv": `customer_id,income\n${Array.from({ length: 40 }, (_, i) => `${key(i)},${i}`).join("\n")}\n`,
      });
      const finished = await init(folder, "--name", "shop", "--key", "customer_id");
      expect(finished).toMatchObject({ code: 0 });
      expect(finished.out).toContain(`found by customer_id, ${words}`);
      expect(readFileSync(join(folder, "shop/definitions.ts"), "utf8")).toContain(
        `entity("customer", { key: ${line} })`,
      );
    },
    120_000,
  );

  it.each([
    [
      "the key and the time together",
      (i: number) => `K-${i % 80};2024-01-${10 + Math.floor(i / 80)};1`,
      'eventKey: ["customer_id", "day"]',
    ],
    [
      "nothing, where nothing tells them apart",
      (i: number) => `K-${i % 80};2024-01-10;1`,
      'delivery: "replaces"',
    ],
  ])("knows one again by %s", async (title, row, line) => {
    const folder = delivered(title.replaceAll(/\W/g, "-"), {
      "outcomes.csv": outcomes(80),
      "visits.csv": orders("Customer ID;day;pages", row),
    });
    expect(await init(folder, "--name", "shop", "--key", "Customer ID")).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, "shop/definitions.ts"), "utf8")).toContain(line);
  });
});

describe("asof init refuses, and leaves nothing", () => {
  it.each<[string, Record<string, string>, string[], string]>([
    ["no file that it reads", { "a.txt": "x" }, [], "there is no file that asof reads (.csv"],
    ["a file without rows", { "a.csv": "id,b\n" }, [], "a.csv has no rows"],
    ["rows of another length", { "a.csv": "id,b\n1,2,3\n" }, [], "a.csv, line 2: 3 values under 2 headers"],
    [
      "a file that cannot be read",
      { "a.csv": 'id,b\n"1,2\n' },
      [],
      "a.csv, line 2: a quote opened here is never closed",
    ],
    ["no key", { "a.csv": "x,y\n1,1\n1,1\n" }, [], "no column tells the rows of every file apart"],
    ["several keys", { "a.csv": "x,y\n1,1\n2,2\n" }, [], "any of x, y may be the key; choose one with --key"],
    [
      "a key that is not in every file",
      { "a.csv": "id\n1\n", "b.csv": "x\n1\n" },
      ["--key", "id"],
      'b.csv has no column "id"',
    ],
    [
      "many rows of a key",
      { "a.csv": "id,n\n1,1\n1,2\n" },
      ["--key", "id"],
      'a.csv, line 3: id "1" is there a second time; many rows for a key are events where a column says when each was, and there is none',
    ],
    [
      "events alone",
      { "a.csv": "id,at,n\n1,2024-01-01,1\n1,2024-01-02,2\n" },
      ["--key", "id"],
      'a.csv, line 3: id "1" is there a second time; one file must have one row for every key',
    ],
    [
      "events of a key that no other file has",
      { "a.csv": "id,at\n1,2024-01-01\n1,2024-01-02\n3,2024-01-02\n", "b.csv": "id,m\n1,1\n2,1\n" },
      ["--key", "id"],
      'a.csv has the key "3", which b.csv lacks',
    ],
    [
      "a label of events",
      { "a.csv": "id,at,x\n1,2024-01-01,yes\n1,2024-01-02,no\n", "b.csv": "id,m\n1,1\n2,1\n" },
      ["--key", "id", "--label", "a.x"],
      "--label a.x: a.csv has many rows for a key",
    ],
    ["an empty key", { "a.csv": "id,n\n1,1\n,2\n" }, ["--key", "id"], "a.csv, line 3: id is empty"],
    [
      "no file with every key",
      { "a.csv": "id,n\n1,1\n2,1\n", "b.csv": "id,m\n1,1\n3,1\n" },
      ["--key", "id"],
      'b.csv has the key "3", which a.csv lacks',
    ],
    [
      "a label that is not there",
      { "a.csv": "id,n\n1,1\n" },
      ["--key", "id", "--label", "a.x"],
      "--label a.x: there is no such column",
    ],
    [
      "a label of one value",
      { "a.csv": "id,n\n1,1\n2,1\n3,1\n" },
      ["--key", "id", "--label", "a.n"],
      "the label n has 1 different values of the type int; asof learns what has two values, numbers, and 3 to 100 texts",
    ],
    [
      "a label of many texts",
      { "a.csv": `id,n\n${Array.from({ length: 101 }, (_, i) => `${i},text ${i}`).join("\n")}\n` },
      ["--key", "id", "--label", "a.n"],
      "the label n has 101 different texts of the type string",
    ],
    [
      "a label of days",
      { "a.csv": "id,n\n1,2024-01-01\n2,2024-01-02\n3,2024-01-03\n" },
      ["--key", "id", "--label", "a.n"],
      "the label n has 3 different values of the type date",
    ],
    [
      "a label that is missing",
      { "a.csv": "id,n\n1,1\n2,\n" },
      ["--key", "id", "--label", "a.n"],
      "the label n is empty in 1 rows",
    ],
    [
      "a source named as asof's own table",
      { "runs.csv": "id,n\n1,1\n2,3\n" },
      ["--key", "id"],
      "its table runs is that of asof itself too",
    ],
    ["a name that is none", { "a.csv": "id,n\n1,1\n" }, ["--name", "No!"], "use lower_snake_case"],
  ])("%s", async (title, files, args, problem) => {
    const folder = delivered(title.replaceAll(" ", "-"), files);
    const { code, err } = await init(folder, ...(args.includes("--name") ? [] : ["--name", "mine"]), ...args);
    expect([code, err]).toEqual([1, expect.stringContaining(problem)]);
    expect([existsSync(join(folder, "mine")), existsSync(join(folder, ".env"))]).toEqual([false, false]);
  });
});
