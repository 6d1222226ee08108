import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeDeliveries as writeBank } from "../../examples/bank/generate.js";
import { generateCredit } from "../../examples/credit/generate.js";
import { writeDeliveries as writeOrders } from "../../examples/orders/generate.js";
import { writeSampleData } from "../../scripts/sample-data/files.js";
import { asof } from "../support/cli.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { startProcess, type TestProcess } from "../support/process.js";

/** A deployment as its adopter has it, and what it is asked by commands. */
interface Adopted {
  name: string;
  /** Absent: what asof brings. */
  definitions?: string;
  write: (folder: string) => unknown;
  /** Two deliveries: a folder and a date each. */
  deliveries: [[string, string], [string, string]];
  model: string;
  key: Record<string, string>;
  request?: Record<string, unknown>;
  /** Who is erased; the one that is scored unless named. */
  person?: { entity: string; key: string };
}

const YEAR: Adopted["deliveries"] = [
  ["2024-01", "2024-01-31"],
  ["2024-02", "2024-02-29"],
];
const ADOPTED: Adopted[] = [
  {
    name: "StreamFlow",
    write: writeSampleData,
    deliveries: [
      ["month_000", "2024-01-31"],
      ["month_001", "2024-02-29"],
    ],
    model: "churn",
    key: { user_id: "8627-ZYGSZ" },
  },
  {
    name: "credit",
    definitions: "examples/credit",
    write: (folder) => generateCredit(folder),
    deliveries: YEAR,
    model: "default_risk",
    key: { applicant_id: "A-00005" },
    request: { amount: 900, months: 12, purpose: "car" },
  },
  {
    name: "orders",
    definitions: "examples/orders",
    write: (folder) => writeOrders(folder),
    deliveries: [
      ["2024-04", "2024-04-30"],
      ["2024-05", "2024-05-31"],
    ],
    model: "churn",
    key: { customer_id: "K-00003" },
  },
  {
    name: "bank",
    definitions: "examples/bank",
    write: (folder) => writeBank(folder),
    deliveries: YEAR,
    model: "overdraft",
    key: { account_id: "A-00003-0" },
    person: { entity: "customer", key: "C-00003" },
  },
];

/** The rows of the table in the guide, by their first cell. */
const guide = new Map(
  readFileSync("docs/your-own-deployment.md", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "))
    .map(([name, ...cells]) => [name!, cells]),
);

describe.each(ADOPTED)("$name, by commands alone", (adopted) => {
  const { definitions, deliveries, model, key, request } = adopted;
  const [[first, then], [second, now]] = deliveries;
  let home: string;
  let database: TestDatabase;
  let server: TestProcess;
  let env: Record<string, string>;
  const commands: string[][] = [];
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "asof-adopted-"));
    await adopted.write(join(home, "data"));
    database = await createDatabase();
    env = {
      DATABASE_URL: database.url,
      ASOF_HOME: join(home, "home"),
      DATA_DIR: join(home, "data"),
      ...(definitions && { ASOF_DEFINITIONS: resolve(definitions), ASOF_SCHEMA: "" }),
    };
    server = await startProcess(env);
    env.ASOF_URL = server.client.address;
  });
  afterAll(async () => {
    await server?.stop();
    await database?.drop();
    if (home) rmSync(home, { recursive: true, force: true });
  });

  const run = (...args: string[]) => asof(args, env);
  const done = async (...args: string[]) => {
    commands.push(args);
    const finished = await run(...args);
    expect([args, finished.err, finished.code]).toEqual([args, finished.err, 0]);
    return finished.out;
  };
  const predict = ["predict-for", model, JSON.stringify(key)];
  if (request) predict.push("--request", JSON.stringify(request));

  it("goes from two deliveries to an answer, a comparison, an export and an erasure", async () => {
    await done("ingest", first, "--as-of", then, "--follow");
    await done("ingest", second, "--as-of", now, "--follow");
    await done("train", "--model", model, "--as-of", then, "--follow");
    expect(await done("promote", "1", "--model", model)).toContain(`${model} version 1 is PRODUCTION`);
    expect(await done(...predict)).toMatch(/probability 0\.\d+/);
    await done("drift", "--model", model, "--from", then, "--to", now, "--follow");
    await done("export", "--model", model, "--as-of-from", then, "--as-of-to", now, "--follow");

    const person = adopted.person ?? { entity: undefined, key: Object.values(key)[0]! };
    const entity = person.entity ? ["--entity", person.entity] : [];
    await done("erase", person.key, ...entity, "--reason", "asked for it", "--yes", "--follow");
    const afterwards = await run(...predict);
    expect([afterwards.code, afterwards.err]).toEqual([
      1,
      expect.stringContaining("FEATURES_MISSING: unknown"),
    ]);
  }, 240_000);

  it("takes as many lines and commands as the guide says", () => {
    const module = definitions ? join(definitions, "definitions.ts") : "src/definitions/streamflow.ts";
    const lines = readFileSync(module, "utf8").trimEnd().split("\n").length;
    expect(guide.get(adopted.name)).toEqual([String(lines), String(commands.length)]);
  });
});
