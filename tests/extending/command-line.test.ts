import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILD, TESTING } from "../support/build.js";
import { asof, type Finished } from "../support/cli.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { startProcess, type TestProcess } from "../support/process.js";

// A learner and a kind of run from outside src: the command line has them without a change to it.

const folder = mkdtempSync(join(tmpdir(), "asof-command-line-"));
const FRONT = JSON.stringify(pathToFileURL(resolve(BUILD, "process/front.js")).href);

/** What a deployment that counts would write. */
const deployment = `
  import { builtIn, createAsof, fields, nothingToCleanUp, runKind, trainsNothing, z } from ${FRONT};
  import { definitions } from "${TESTING}";
  const countRows = runKind({
    name: "COUNT_ROWS",
    description: "Counts the rows of a snapshot.",
    queue: "asof_export",
    schedulable: true,
    fillsOnlineStore: false,
    holds: "nothing",
    mutation: {
      name: "countRows",
      description: "Counts the rows of a snapshot, part by part. Its result: rows.",
      role: "operator",
      input: "CountRowsInput",
      beside: [],
    },
    request: () =>
      z.strictObject({
        asOf: fields.calendarDate().describe("The snapshot that is counted."),
        rowPrice: fields.ranged(z.number(), { min: 0, max: 10 }).default(2).describe("Of one row, 0 to 10."),
        currency: fields.named(z.enum(["EUR", "USD"]), { type: "Currency" }).nullish().describe("Of the price."),
      }),
    params: z.object({ asOf: z.string(), rowPrice: z.number() }),
    pin: async ({ asOf, rowPrice }) => ({ asOf, rowPrice }),
    execute: ({ params, step }, { pool }) =>
      step("count", async () => {
        const { rows } = await pool.query(
          "select sum(row_count)::int as rows from snapshot_parts p join snapshots s on s.id = p.snapshot_id where s.as_of = $1",
          [params.asOf],
        );
        return { bill: rows[0].rows * params.rowPrice };
      }),
    cleanUp: nothingToCleanUp,
    trainedBy: trainsNothing,
  });
  const [logistic] = builtIn.learners;
  export default createAsof({
    definitions,
    learners: [...builtIn.learners, { ...logistic, name: "OWN_LOGISTIC", title: "own regression" }],
    runKinds: [...builtIn.runKinds, countRows],
  });`;

const module = join(folder, "deployment.mjs");
const run = (args: string[], env: Record<string, string> = {}): Promise<Finished> =>
  asof(args, { ASOF_DEFINITIONS: module, ASOF_SCHEMA: "", ...env });
const inOneLine = ({ out }: Finished) => out.replace(/\s+/g, " ");
/** What a shell is told may follow the words. */
const offered = async (...words: string[]) =>
  (await run(["complete", "--", ...words])).out
    .split("\n")
    .flatMap((line) => (/^(:|$)/.test(line) ? [] : line.split("\t")[0]!));

beforeAll(() => writeFileSync(module, deployment));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("of a deployment with a learner and a kind of run of its own", () => {
  it("the help of asof train lists the learner, and its completion offers it", async () => {
    const LEARNERS = [
      "logistic-regression",
      "random-forest",
      "gradient-boosting",
      "linear-regression",
      "own-logistic",
    ];
    expect(inOneLine(await run(["train", "--help"]))).toContain(`One of ${LEARNERS.join(", ")}.`);
    expect(await offered("train", "--algorithm", "")).toEqual(LEARNERS);
  });

  it("the kind is a command with its options, defaults and values", async () => {
    expect((await run(["--help"])).out).toMatch(
      /^ +count-rows +Counts the rows of a snapshot, part by part\.$/m,
    );
    const help = inOneLine(await run(["count-rows", "--help"]));
    expect(help).toMatch(/Required: --as-of <2024-01-31> The snapshot that is counted\./);
    expect(help).toContain("--row-price <n> Of one row, 0 to 10. Default: 2.");
    expect(help).toContain("--currency <value> Of the price. One of eur, usd.");
    expect(await offered("count")).toEqual(["count-rows"]);
    expect(await offered("count-rows", "--currency", "")).toEqual(["eur", "usd"]);
    expect(await offered("runs", "--kind", "count")).toEqual(["count-rows"]);
    expect(await offered("schedules", "set", "--kind", "count")).toEqual(["count-rows"]);
  });

  it("a misspelt command and value are answered by what is meant", async () => {
    expect((await run(["count-row"])).err).toContain('did you mean "count-rows"?');
    const { code, err } = await run(["count-rows", "--as-of", "2024-01-31", "--currency", "eu"]);
    expect([code, err]).toEqual([2, expect.stringContaining('one of eur, usd; did you mean "eur"?')]);
  });
});

describe("against a server of it", () => {
  let database: TestDatabase;
  let server: TestProcess;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    writeDelivery(folder, "month", smallDelivery(userIds(40)));
    server = await startProcess({
      DATABASE_URL: database.url,
      ASOF_DEFINITIONS: module,
      DATA_DIR: folder,
      ASOF_HOME: folder,
    });
    await server.client.ingest("month", "2024-01-31");
  });
  afterAll(async () => {
    await server?.stop();
    await database?.drop();
  });

  const at = (...args: string[]) => run(args, { ASOF_URL: server.client.address });

  it("the kind is run and followed to its end", async () => {
    const followed = await at("count-rows", "--as-of", "2024-01-31", "--row-price", "3", "--follow");
    expect([followed.code, followed.err]).toEqual([0, ""]);
    expect(followed.out).toMatch(/count finished in .*\nSUCCEEDED in/s);
    const [, id] = /^run (\S+)\n/.exec(followed.out)!;
    const { result, kind } = JSON.parse((await at("run", id!, "--json")).out);
    expect(kind).toBe("COUNT_ROWS");
    expect(result.bill % 3).toBe(0);
    expect(result.bill).toBeGreaterThan(0);
  });

  it("a value out of range is refused by its option", async () => {
    const { code, err } = await at("count-rows", "--as-of", "2024-01-31", "--row-price", "11");
    expect([code, err]).toEqual([2, expect.stringMatching(/^asof: --row-price: 11 is out of range/)]);
  });

  it("the learner trains", async () => {
    const line = ["train", "--as-of", "2024-01-31", "--algorithm", "own-logistic", "--follow"];
    expect((await at(...line)).out).toMatch(/\nSUCCEEDED in .*, version 1\n$/);
  });
});

it("a module that cannot be used is named, and what runs here goes on", async () => {
  const missing = { ASOF_DEFINITIONS: join(folder, "missing.mjs") };
  const { code, err } = await run(["train", "--help"], missing);
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/^asof: ASOF_DEFINITIONS=.*missing\.mjs: it cannot be used/),
  ]);
  expect(await run(["doctor", "--help"], missing)).toMatchObject({ code: 0, err: "" });
});
