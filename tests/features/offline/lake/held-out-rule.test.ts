import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../../../src/db/pool.js";
import { importDuckDb } from "../../../../src/features/offline/duckdb/duckdb-package.js";
import { heldOutBelow, heldOutBy } from "../../../../src/values/held-out.js";
import { createDatabase, type TestDatabase } from "../../../support/database.js";
import { hasDuckDb, sparkSubmit } from "../../../support/engines.js";

const PAGE = readFileSync(new URL("../../../../docs/export.md", import.meta.url), "utf8");
const VECTOR =
  /^\| `(?<seed>\d+)` \| `(?<key>[^`]+)` \| `(?<digits>[0-9a-f]{8})` \| (?<quarter>yes|no) \| (?<half>yes|no) \|$/gm;
const VECTORS = [...PAGE.matchAll(VECTOR)].map(({ groups }) => groups!);
/** Of each engine the line of the page, about a column `user_id`, with seed 42 and 0.25. */
const formulaOf = (engine: string): string => new RegExp(`^-- ${engine}\n(.*)$`, "m").exec(PAGE)![1]!;
const PYTHON = /^hashlib\..*$/m.exec(PAGE)![0];
const python = spawnSync("python3", ["-c", "pass"]).status === 0 ? "python3" : null;
if (python === null)
  process.stderr.write("the test of the formula in Python is skipped: there is no python3\n");

const RULE = { seed: 42, testFraction: 0.25 };
const KEYS = [...VECTORS.map(({ key }) => key!), ...Array.from({ length: 400 }, (_, i) => `${i}-é`)];
const EXPECTED = KEYS.map(heldOutBy(RULE));
const literalOf = (text: string) => `'${text.replaceAll("'", "''")}'`;
const rowsOf = (as: string) =>
  `(values ${KEYS.map((key, place) => `(${place}, ${literalOf(key)})`).join(", ")}) ${as}`;

describe("who is held out", () => {
  it.each(VECTORS)("is what the page says of $key by seed $seed", ({ seed, key, digits, quarter, half }) => {
    expect(createHash("sha256").update(`${seed}:${key}`).digest("hex").slice(0, 8)).toBe(digits);
    const by = (testFraction: number) =>
      heldOutBy({ seed: Number(seed), testFraction })(key!) ? "yes" : "no";
    expect([by(0.25), by(0.5)]).toEqual([quarter, half]);
  });

  it("is about the share, and nobody or everybody at its ends", () => {
    expect(VECTORS).toHaveLength(8);
    expect([0, 0.05, 0.25, 0.5, 1].map((testFraction) => heldOutBelow({ testFraction }))).toEqual([
      ...["00000000", "0ccccccc", "40000000", "80000000", "ffffffff"],
    ]);
    const held = Array.from({ length: 20_000 }, (_, i) => `user ${i}`).filter(heldOutBy(RULE));
    expect(held.length / 20_000).toBeCloseTo(0.25, 1);
  });
});

describe("the same rows are held out", () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.url, 1);
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });

  it("by PostgreSQL", async () => {
    const { rows } = await pool.query<{ held: boolean }>(
      `select ${formulaOf("PostgreSQL")} as held from ${rowsOf("t(place, user_id)")} order by place`,
    );
    expect(rows.map(({ held }) => held)).toEqual(EXPECTED);
  });

  it.skipIf(!hasDuckDb)("by DuckDB", async () => {
    const { DuckDBInstance } = await importDuckDb();
    const instance = await DuckDBInstance.create(":memory:", {});
    const connection = await instance.connect();
    try {
      const sql = `select ${formulaOf("DuckDB")} from ${rowsOf("t(place, user_id)")} order by place`;
      expect((await connection.runAndReadAll(sql)).getRowsJS().flat()).toEqual(EXPECTED);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  });

  it.skipIf(python === null)("by Python", () => {
    const script = `import hashlib, json, sys\nprint(json.dumps([${PYTHON} for user_id in json.load(sys.stdin)]))`;
    const printed = execFileSync(python!, ["-c", script], { input: JSON.stringify(KEYS) }).toString();
    expect(JSON.parse(printed)).toEqual(EXPECTED);
  });

  it.skipIf(sparkSubmit === null)(
    "by Spark",
    () => {
      const folder = mkdtempSync(join(tmpdir(), "asof-held-out-"));
      try {
        const script = join(folder, "rule.py");
        writeFileSync(join(folder, "keys.json"), JSON.stringify(KEYS));
        writeFileSync(script, SPARK_SCRIPT);
        const args = ["--master", "local[1]", script, folder, formulaOf("Spark SQL")];
        execFileSync(sparkSubmit!, args, { stdio: ["ignore", "ignore", "pipe"] });
        expect(JSON.parse(readFileSync(join(folder, "held.json"), "utf8"))).toEqual(EXPECTED);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    300_000,
  );
});

const SPARK_SCRIPT = `
import json, sys
from pyspark.sql import SparkSession
folder, formula = sys.argv[1:]
keys = json.load(open(folder + "/keys.json", encoding="utf8"))
spark = SparkSession.builder.getOrCreate()
rows = spark.createDataFrame(list(enumerate(keys)), "place int, user_id string")
held = rows.selectExpr("place", formula + " as held").orderBy("place").collect()
json.dump([row.held for row in held], open(folder + "/held.json", "w"))
`;
