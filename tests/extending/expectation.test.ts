import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { expectationsTable } from "../../scripts/expectations-table.js";
import type { ColumnType } from "../../src/definitions/language/column.js";
import { collectContradictions } from "../../src/definitions/language/contradictions.js";
import {
  declareExpectation,
  type RowExpectationOptions,
} from "../../src/definitions/language/expectation.js";
import { ExpectationTally } from "../../src/ingest/expectation-tally.js";
import { checkExpectations } from "../../src/ingest/expectations/declared.js";
import { builtInExpectations, expectations } from "../../src/ingest/expectations/registry.js";
import { failureInWords, reportOf } from "../../src/ingest/validation-report.js";
import { defineExpectation, eachValue } from "../../src/process/front.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { changedSources } from "../support/changed-sources.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";

/** A record of a deployment's own, row by row: `months_active` in whole quarters. */
const multipleOf = defineExpectation<{ of: number }>({
  name: "multiple_of",
  options: z.strictObject({ of: z.number().positive() }),
  columnTypes: ["int"],
  contradiction: null,
  label: null,
  rule: ({ of }) => `must be a multiple of ${of}`,
  refersTo: null,
  evaluation: eachValue(
    ({ of }) =>
      (text) =>
        !(Math.abs(Number(text) % of) > 0),
  ),
  docs: { example: "`expectMultiple(column, of)`", on: "int", share: "values", greatExpectations: null },
});

/** Another one, over all rows. */
const oneOfEach = defineExpectation<Record<string, never>>({
  name: "not_all_equal",
  options: z.strictObject({}),
  columnTypes: ["int", "float"],
  contradiction: null,
  label: null,
  rule: () => "must have more than one value",
  refersTo: null,
  evaluation: {
    over: "file",
    observes: ["distinct"],
    observe: async (_, { db, table, column }) => {
      const { rows } = await db.query<{ distinct: number }>(
        `select count(distinct ${column})::int as distinct from ${table}`,
      );
      return { distinct: rows[0]!.distinct };
    },
    problem: (_, { distinct }) => (distinct! > 1 ? null : `${distinct} distinct values`),
  },
  docs: { example: "`expectVariety(column)`", on: "int, float", share: null, greatExpectations: null },
});

const expectMultiple = <const Column extends string>(
  column: Column,
  of: number,
  options?: RowExpectationOptions,
) => declareExpectation<Column, never, "int">({ column }, { kind: "multiple_of", of }, options);
const expectVariety = <const Column extends string>(column: Column) =>
  declareExpectation<Column, never, ColumnType>({ column }, { kind: "not_all_equal" });

const DEFINITIONS = changedSources({
  subscriptions: { expectations: [expectMultiple("months_active", 3)], onInvalid: "quarantine" },
  usage_agg_30d: {
    expectations: [expectMultiple("skips_7d", 2, { mostly: 0.5 }), expectVariety("watch_hours_30d")],
  },
});
const REPORT = `query($id: ID!) { run(id: $id) {
  quarantined(first: 50) { nodes { line userId reasons { column expectation rule } } }
  validation { expectations { source column expectation rule success quarantined observed unexpectedCount sample { line value } } } } }`;

describe("an expectation whose record is not asof's own", () => {
  let app: TestApp;
  beforeAll(async () => {
    expectations.use([...builtInExpectations, multipleOf, oneOfEach]);
    app = await startTestApp({ definitions: DEFINITIONS });
  });
  afterAll(async () => {
    await app?.stop();
    expectations.use(builtInExpectations);
  });

  const ingest = async (
    asOf: string,
    change: (files: ReturnType<typeof smallDelivery>) => void = () => {},
  ) => {
    const files = smallDelivery(userIds(6));
    change(files);
    writeDelivery(app.dataDir, "delivery", files);
    const run = await app.client.ingest("delivery", asOf);
    const { run: asked } = await app.client.query(REPORT, { id: run.id });
    const of = (expectation: string, source: string) =>
      asked.validation.expectations.find((e: any) => e.expectation === expectation && e.source === source);
    return { run, of, quarantined: asked.quarantined.nodes };
  };

  it("is evaluated and reported in its words, and keeps out the rows that break it", async () => {
    const { run, of, quarantined } = await ingest("2024-01-31");
    expect(run.error).toBeNull();
    expect(of("multiple_of", "subscriptions")).toMatchObject({
      ...{ column: "months_active", rule: "must be a multiple of 3", success: false, quarantined: true },
      ...{ unexpectedCount: 4, sample: [{ line: 3, value: "1" }, { line: 4, value: "2" }, {}, {}] },
    });
    expect(quarantined[0]).toEqual({
      ...{ line: 3, userId: "U-00001" },
      reasons: [{ column: "months_active", expectation: "multiple_of", rule: "must be a multiple of 3" }],
    });
    expect(quarantined.map((row: any) => row.line)).toEqual([3, 4, 6, 7]);
    expect(of("multiple_of", "usage_agg_30d")).toMatchObject({ success: true, unexpectedCount: 3 });
    expect(of("not_all_equal", "usage_agg_30d")).toMatchObject({ success: true, observed: { distinct: 6 } });
  });

  it("fails a delivery", async () => {
    const { run, of } = await ingest("2024-02-29", (files) => {
      files.usage_agg_30d = files.usage_agg_30d!.map((line, i) =>
        i === 0 ? line : line.replace(/,[^,]*/, ",7"),
      );
    });
    expect(run.error).toMatchObject({
      code: "VALIDATION_FAILED",
      message:
        "usage_agg_30d.csv, column watch_hours_30d: 1 distinct values; must have more than one value (not_all_equal). Nothing was published.",
    });
    expect(of("not_all_equal", "usage_agg_30d")).toMatchObject({ success: false, observed: { distinct: 1 } });
  });

  it("is refused by name where its options are not its record's, before anything is started", () => {
    const declare = (of: number) =>
      changedSources({ usage_agg_30d: { expectations: [expectMultiple("skips_7d", of)] } });
    expect(() => collectContradictions((refuse) => checkExpectations(declare(-1), refuse))).toThrow(
      "source usage_agg_30d: expectation multiple_of: column skips_7d: of: ",
    );
  });

  it("is listed in the docs' table by its record", () => {
    expect(expectationsTable([multipleOf])).toContain(
      "| `expectMultiple(column, of)` | – | int | of values | row by row |",
    );
  });
});

describe("an expectation that nothing evaluates", () => {
  it("does not start where no record has its name", async () => {
    const definitions = changedSources({ usage_agg_30d: { expectations: [expectMultiple("skips_7d", 2)] } });
    await expect(startTestApp({ definitions })).rejects.toThrow(
      'source usage_agg_30d: expectation multiple_of: column skips_7d: no expectation is named "multiple_of"',
    );
  });

  it("does not compile where its record has no evaluation", () => {
    // @ts-expect-error: declared and worded, and evaluated nowhere
    const worded: Parameters<typeof defineExpectation>[0] = {
      name: "worded",
      options: z.strictObject({}),
      columnTypes: ["int"],
      contradiction: null,
      label: null,
      rule: () => "must be something",
      refersTo: null,
      docs: { example: "`worded`", on: "int", share: "values", greatExpectations: null },
    };
    expect(worded).not.toHaveProperty("evaluation");
  });

  it("is never reported to hold, nor is the delivery", () => {
    const tally = new ExpectationTally(changedSources({}));
    const report = reportOf(tally);
    expect(report.success).toBe(false);
    expect(report.expectations.filter(({ success }) => success)).toEqual([]);
    expect(failureInWords(tally)).toBe(
      "users.csv: readable: nothing evaluated it, which is a fault of asof or of the expectation's record",
    );
  });
});

it("has a table in docs/validation.md that is the records'", () => {
  expect(readFileSync("docs/validation.md", "utf8")).toContain(expectationsTable(builtInExpectations));
});
