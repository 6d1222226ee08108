import { expect, it } from "vitest";
import { bool, float, int } from "../../src/definitions/language/column.js";
import { featureView, source } from "../../src/definitions/language/deployment.js";
import { expectColumn, expectPair } from "../../src/definitions/language/expectation.js";
import { PersonalColumns } from "../../src/definitions/language/personal.js";
import { mergePushes } from "../../src/features/push-merge.js";
import { PushCheck, type PushViolation } from "../../src/ingest/push-check.js";

const columns = { low: int(), high: float(), sure: bool({ required: true }) };
const checked = featureView("checked", {
  source: source("checked", {
    columns,
    expectations: [
      expectPair("high").greaterThan("low"),
      expectColumn("low").between(0, 10),
      expectColumn("high").between(0, 100, { severity: "WARNING" }),
      expectColumn("high").inSet([1, 2, 3, 50, 500], { mostly: 0.9 }),
    ],
  }),
  features: ["low", "high", "sure"],
});
const expiring = featureView("expiring", {
  source: source("e", { columns }),
  features: ["low", "high"],
  ttlDays: 30,
});

const nothingPersonal = new PersonalColumns({ sources: [], views: [], services: [] });

const short = ({ column, value, expectation }: PushViolation) => `${column} ${value} ${expectation}`;

function whole(values: Record<string, unknown>, held: (number | boolean | null)[] | null) {
  const check = new PushCheck("user_id", checked, nothingPersonal);
  const asked = [{ key: "u", asOf: "2024-02-10", values }];
  const violations: PushViolation[] = [];
  const rows = asked.map((row, place) => check.read(row, place, violations));
  expect(violations).toEqual([]);
  const served = new Map(held ? [["u", { eventTime: "2024-01-31", values: held }]] : []);
  const found = check.checkWhole(mergePushes(rows, served, new Map()), asked);
  return { violations: found.violations.map(short), warnings: found.warnings.map(short) };
}

it.each<[string, Record<string, unknown>, (number | boolean | null)[] | null, string[], string[]]>([
  ["all as expected", { low: 1, high: 2, sure: true }, null, [], []],
  ["a pair within the row", { low: 3, high: 2, sure: true }, null, ["high 2 column_pair_greater"], []],
  [
    "a pushed value against a kept one",
    { low: 5 },
    [1, 2, true],
    ["high 2, where low is 5 column_pair_greater"],
    [],
  ],
  ["a kept value that was not as expected before is not the push's", { sure: false }, [-5, 50, true], [], []],
  [
    "a warning, and an expectation of most values",
    { high: 400 },
    [1, 2, true],
    [],
    ["high 400 between", "high 400 in_set"],
  ],
  ["a required column nothing is known of", { low: 1, high: 2 }, null, ["sure null not_null"], []],
  ["an empty value of a required column", { low: null, high: null }, [1, 2, true], [], []],
])("of a completed row: %s", (_what, values, held, violations, warnings) => {
  expect(whole(values, held)).toEqual({ violations, warnings });
});

it("a view whose values expire takes whole rows only: a kept value would outlive its date", () => {
  const violations: PushViolation[] = [];
  const check = new PushCheck("user_id", expiring, nothingPersonal);
  check.read({ key: "u", asOf: "2024-02-10", values: { low: 1 } }, 0, violations);
  check.read({ key: "u", asOf: "2024-02-10", values: { low: 1, high: null } }, 1, violations);
  expect(violations).toEqual([
    {
      ...{ row: 0, key: "u", column: null, value: '{"low":1}', expectation: "whole_row" },
      rule: "must also have high: values of expiring expire after 30 days, and a value that is kept would outlive its date",
    },
  ]);
});
