import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXPERIMENT_FILTER, RUN_FILTER } from "../../../src/interop/mlflow/filter/fields.js";
import { parseFilter } from "../../../src/interop/mlflow/filter/parse-filter.js";
import { parseOrder } from "../../../src/interop/mlflow/filter/parse-order.js";
import {
  EXPERIMENT_SEARCH,
  LOGGED_MODEL_SEARCH,
  MODEL_VERSION_SEARCH,
  REGISTERED_MODEL_SEARCH,
  RUN_SEARCH,
} from "../../../src/interop/mlflow/filter/terms.js";
import { MlflowError } from "../../../src/interop/mlflow/mlflow-error.js";
import { searchRequest } from "../../../src/interop/mlflow/search.js";
import { compileCondition, compileOrder } from "../../../src/registry/search/compile.js";
import { runSearchFields } from "../../../src/registry/search/run-search-fields.js";

/** As the registry is asked. */
const asked = (filter: string, ...order_by: string[]) =>
  searchRequest({ filter, order_by, max_results: undefined, page_token: undefined }, RUN_SEARCH);
const one = (text: string) => parseFilter(text, RUN_FILTER);
const of = (entity: string, key: string, operator: string, value: unknown) => ({
  entity,
  key,
  operator,
  value,
});

describe("a filter", () => {
  it.each([
    ["metrics.auc > 0.5", of("metrics", "auc", ">", 0.5)],
    ["metric.`val/loss` <= -1.5e-3", of("metrics", "val/loss", "<=", -0.0015)],
    ["params.\"my param\" LIKE 'v%'", of("params", "my param", "LIKE", "v%")],
    ["parameter.depth = '6'", of("params", "depth", "=", "6")],
    ['tags.mlflow.runName ilike "A%"', of("tags", "mlflow.runName", "ILIKE", "A%")],
    ["tags.a IS NULL", of("tags", "a", "IS NULL", null)],
    ["tags.a is not null", of("tags", "a", "IS NOT NULL", null)],
    ["status != 'FAILED'", of("attributes", "status", "!=", "FAILED")],
    ["attr.`Run name` = 'it''s'", of("attributes", "run_name", "=", "it's")],
    ["attributes.run_id NOT IN ('a', 'b')", of("attributes", "run_id", "NOT IN", ["a", "b"])],
    ["run.created >= 1700000000000", of("attributes", "start_time", ">=", 1_700_000_000_000)],
    ["dataset.context IN ('train',)", of("datasets", "context", "IN", ["train"])],
    ["dataset.name IN ('a', ')')", of("datasets", "name", "IN", ["a", ")"])],
  ])("%s", (text, expected) => {
    expect(one(text)).toEqual([expected]);
  });

  it("is any number of conditions that all hold, or none", () => {
    expect(one(" ")).toEqual([]);
    expect(one("metrics.a=1 and params.b='2'AND tags.c='3'").map(({ key }) => key)).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["metrics.auc >", "filter, at character 14: a number was expected; got the end"],
    ["metrics.auc > 'x'", 'filter, at character 15: a number was expected; got "x"'],
    ["what.is = '1'", "one of attributes, metrics, params, tags, datasets was expected before the point"],
    ["status > 'a'", "for attributes.status, one of =, !=, LIKE, ILIKE was expected"],
    ["status = FAILED", "a text in quotes was expected"],
    ["status = 'FAILED' OR status = 'x'", "AND or the end was expected"],
    ["(status = 'a')", "a field was expected"],
    ["nothing = '1'", "of attributes, run_id, run_name, status"],
    ["params.a IN ('x')", "for params.a, one of =, !=, LIKE, ILIKE, IS NULL, IS NOT NULL was expected"],
    ["tags.a = 'x", "the text that begins with ' does not end"],
    ["tags.a = 'x'; drop table runs", '";" was not expected'],
    ["tags. = 'x'", "a key was expected after the point"],
    ["metrics.a > 1 AND", "a field was expected"],
    [`tags.${"a".repeat(300)} = 'x'`, "a key of 1 to 250 characters was expected"],
    [`${"metrics.a > 1 AND ".repeat(200)}metrics.a > 1`, "at most 100 conditions were expected"],
    ["x".repeat(20_001), "at most 20000 characters are accepted"],
  ])("%s is refused by its place", (text, message) => {
    expect(() => one(text)).toThrow(message);
    expect(() => one(text)).toThrow(MlflowError);
  });

  it("that no database can hold is refused", () => {
    expect(() => one("tags.a = '\0'")).toThrow("it holds a NUL character");
  });

  it("of experiments knows their attributes alone", () => {
    expect(parseFilter("name LIKE 'a%' AND tags.team = 'x'", EXPERIMENT_FILTER)).toHaveLength(2);
    expect(() => parseFilter("metrics.a > 1", EXPERIMENT_FILTER)).toThrow("one of attributes, tags");
  });
});

describe("an order", () => {
  it("is a field and a direction", () => {
    expect(parseOrder(["metrics.auc DESC", "params.`my param`", "start_time asc"], RUN_FILTER)).toEqual([
      { entity: "metrics", key: "auc", descending: true },
      { entity: "params", key: "my param", descending: false },
      { entity: "attributes", key: "start_time", descending: false },
    ]);
    for (const text of ["", "metrics.auc up", "dataset.name", "metrics.auc DESC, status"])
      expect(() => parseOrder([text], RUN_FILTER)).toThrow(MlflowError);
  });
});

describe("what MLflow's words mean in the registry", () => {
  it.each([
    [
      "status = 'FINISHED'",
      { named: { field: "status" }, as: expect.objectContaining({ SUCCEEDED: "FINISHED" }) },
    ],
    ["attributes.run_name LIKE 'a%'", { firstOf: [{ field: "name" }, { field: "kind" }] }],
    ["tags.mlflow.user = 'ada'", { firstOf: [{ tag: "mlflow.user" }, { field: "actor" }] }],
    ["tags.team = 'x'", { tag: "team" }],
    ["params.depth = '6'", { param: "depth" }],
    ["metrics.auc > 0.5", { metric: "auc" }],
    ["dataset.context = 'train'", { datasetTag: "mlflow.data.context" }],
  ])("%s", (text, term) => {
    expect(asked(text).conditions).toEqual([expect.objectContaining({ term })]);
  });

  it("is said of every key that can be searched by", () => {
    for (const { filter, termOf } of [
      ...[RUN_SEARCH, EXPERIMENT_SEARCH, LOGGED_MODEL_SEARCH],
      ...[REGISTERED_MODEL_SEARCH, MODEL_VERSION_SEARCH],
    ])
      for (const { entity, keys = ["any"] } of filter)
        for (const key of keys) expect([entity, key, termOf({ entity, key })]).not.toContain(undefined);
  });
});

/** Keys and values that would be something else if they reached SQL as text. */
const odd = fc.oneof(
  fc.constantFrom(
    "'",
    "''",
    "\\",
    "$1",
    "--",
    "/*",
    ";",
    "%",
    "_",
    "a.b",
    "constructor",
    "__proto__",
    "日本",
  ),
  fc.string({ maxLength: 12 }),
);
const key = odd.filter((text) => text.length > 0 && !/[`\0]|\p{Surrogate}/u.test(text));
const value = odd.filter((text) => !/\0|\p{Surrogate}/u.test(text));
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

describe("whatever is written", () => {
  it("is read as it was meant: the writer and the reader agree", () => {
    const condition = fc.oneof(
      fc.record({
        entity: fc.constant("metrics"),
        key,
        operator: fc.constantFrom("=", "!=", ">", "<="),
        value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      }),
      fc.record({
        entity: fc.constantFrom("params", "tags"),
        key,
        operator: fc.constantFrom("=", "!=", "LIKE", "ILIKE"),
        value,
      }),
      fc.record({
        entity: fc.constantFrom("params", "tags"),
        key,
        operator: fc.constantFrom("IS NULL", "IS NOT NULL"),
        value: fc.constant(null),
      }),
    );
    fc.assert(
      fc.property(fc.array(condition, { minLength: 1, maxLength: 8 }), (conditions) => {
        const text = conditions
          .map(({ entity, key, operator, value }) => {
            const said = value === null ? "" : typeof value === "number" ? String(value) : quoted(value);
            return `${entity}.\`${key}\` ${operator} ${said}`;
          })
          .join(" AND ");
        expect(one(text)).toEqual(conditions);
      }),
      { numRuns: 500 },
    );
  });

  it("is a list of conditions or an MlflowError, never anything else", () => {
    const piece = fc.constantFrom(
      ..."metrics. params. tags. attributes. status a.b ' '' \" ` = != > >= < <= LIKE IN NOT IS NULL AND OR ( ) , 1 -1 1e5 . 'x' \"y\" `z`".split(
        " ",
      ),
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(" ")),
      fc.string({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(text, (given) => {
        for (const read of [() => parseFilter(given, RUN_FILTER), () => parseOrder([given], RUN_FILTER)]) {
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(MlflowError);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("never reaches SQL but as a parameter", () => {
    const marked = key.map((text) => `mark${text}mark`);
    fc.assert(
      fc.property(
        marked,
        value.map((text) => `mark${text}mark`),
        (name, text) => {
          for (const filter of [
            `params.\`${name}\` = ${quoted(text)}`,
            `tags.\`${name}\` LIKE ${quoted(text)}`,
            `metrics.\`${name}\` > 1`,
            `run_id IN (${quoted(text)})`,
          ]) {
            const values: unknown[] = [];
            const parameter = (given: unknown) => `$${values.push(given)}`;
            const [condition] = asked(filter).conditions;
            expect(compileCondition(condition!, runSearchFields, parameter)).not.toContain("mark");
            expect(values.length).toBeGreaterThan(0);
          }
          const { order } = asked("", `params.\`${name}\` DESC`);
          expect(compileOrder(order, runSearchFields, () => "$1").join()).not.toContain("mark");
        },
      ),
      { numRuns: 300 },
    );
  });
});
