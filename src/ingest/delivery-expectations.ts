import type { Deployment, Source } from "../definitions/language/deployment.js";
import { type CellRule, ruleInWords } from "./cell.js";
import { declaredOf, expectationInWords, expectationName, isAggregate } from "./declared-rules.js";
import type { Tally } from "./tally.js";

/** What a file as a whole must be. */
export const FILE_EXPECTATIONS = ["readable", "column_set", "row_count"] as const;
export type FileExpectation = (typeof FILE_EXPECTATIONS)[number];

/** Everything a delivery is checked for, whatever its sources declare of their own. */
export type ExpectationName = CellRule | FileExpectation | "row_shape" | "unique" | "known_entity";

/** Of a quarantining source: how many of its rows may be kept out. */
export const QUARANTINE = "quarantine";

type Expected = Pick<Tally, "column" | "expectation" | "rule"> &
  Partial<Pick<Tally, "index" | "severity" | "mostly" | "whole">>;

/** An empty tally of each expectation of a delivery, source by source. @param fileOf the name a source was delivered under */
export function deliveryTallies(deployment: Deployment, fileOf: (source: string) => string): Tally[] {
  const expected = deployment.sources.flatMap((source) =>
    [
      ...ofFile(deployment, source, fileOf),
      ...ofColumns(source),
      ...ofDeclared(deployment, source, fileOf),
    ].map((one) => ({ source, one })),
  );
  return expected.map(({ source, one }, number) => emptyTally(number, source, fileOf(source.name), one));
}

function emptyTally(number: number, source: Source, file: string, expected: Expected): Tally {
  const whole = expected.whole ?? (FILE_EXPECTATIONS as readonly string[]).includes(expected.expectation);
  const severity = expected.severity ?? "ERROR";
  return {
    number,
    source: source.name,
    file,
    column: expected.column,
    expectation: expected.expectation,
    index: expected.index ?? null,
    rule: expected.rule,
    severity,
    mostly: expected.mostly ?? 1,
    whole,
    quarantines: source.onInvalid === "quarantine" && !whole && severity === "ERROR",
    seen: null,
    count: 0,
    sample: [],
    observed: null,
  };
}

/** Of the file, its rows and their keys. */
function ofFile({ entity, entitySource }: Deployment, source: Source, fileOf: (name: string) => string) {
  const { key } = entity;
  const columns = [key, ...Object.keys(source.columns)];
  const expected: Expected[] = [
    { column: null, expectation: "readable", rule: formatInWords(fileOf(source.name)) },
    {
      column: null,
      expectation: "column_set",
      rule: `must have exactly the columns ${columns.join(", ")}`,
    },
    { column: null, expectation: "row_count", rule: "must have at least one row" },
    { column: null, expectation: "row_shape", rule: `every row must have ${columns.length}` },
    { column: key, expectation: "not_null", rule: "must not be empty" },
    {
      column: key,
      expectation: "type",
      rule: "must be text in UTF-8 of at most 200 characters, without NUL",
    },
    { column: key, expectation: "unique", rule: "must not appear twice" },
  ];
  if (source === entitySource) return expected;
  const rule = `must be a ${key} of this or an earlier ${fileOf(entitySource.name)}`;
  return [...expected, { column: key, expectation: "known_entity", rule }];
}

/** What follows from the columns' own declarations, cell by cell. */
function ofColumns(source: Source): Expected[] {
  return Object.entries(source.columns).flatMap(([name, column]) => {
    const rules: CellRule[] = [
      ...(column.required ? (["not_null"] as const) : []),
      "type",
      ...(column.min !== undefined || column.max !== undefined ? (["between"] as const) : []),
      ...(column.oneOf ? (["in_set"] as const) : []),
    ];
    return rules.map((rule) => ({ column: name, expectation: rule, rule: ruleInWords(rule, column) }));
  });
}

/** What the source declares of its own, and how much of it may be kept out. */
function ofDeclared({ entity }: Deployment, source: Source, fileOf: (name: string) => string): Expected[] {
  const declared = declaredOf(source).map(({ index, severity, mostly, ...expectation }): Expected => {
    const { rule, ofKey, column } = expectation;
    return {
      column: ofKey ? entity.key : column,
      expectation: expectationName(rule),
      rule: expectationInWords({ ...expectation, severity, mostly }, fileOf),
      ...{ index, severity, mostly, whole: isAggregate(rule) },
    };
  });
  if (source.onInvalid !== "quarantine") return declared;
  const rule = ceilingInWords(source.maxQuarantinedShare ?? 1);
  return [...declared, { column: null, expectation: QUARANTINE, rule, whole: true }];
}

const ceilingInWords = (share: number): string =>
  share < 1
    ? `at most ${Number((share * 100).toFixed(4))} % of the rows may be quarantined, and one must be left`
    : "at least one row must be left outside the quarantine";

const formatInWords = (file: string): string =>
  file.endsWith(".parquet")
    ? "must be a Parquet file"
    : `must be a CSV file${file.endsWith(".gz") ? ", packed by gzip" : ""}`;
