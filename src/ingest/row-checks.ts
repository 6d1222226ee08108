import type { Column, ColumnType } from "../definitions/language/column.js";
import type { Source } from "../definitions/language/deployment.js";
import type { Expectation } from "../definitions/language/expectation.js";
import { declaredOf } from "./declared-rules.js";
import type { ExpectationTally } from "./expectation-tally.js";

/** Looks at one row's texts, in the header's order; null where the source declares nothing that one row can break. */
export type RowCheck = (fields: readonly string[], line: number, key: string) => void;

const DATE = /^(?!0000)\d{4}-\d{2}-\d{2}$/;

type Test = (text: string) => boolean;
type Counting = Pick<ExpectationTally, "counter">;

/**
 * Compiles what a source declares of single rows. Values stay as they are, also unexpected ones: how many there are
 * decides at the end. A text that is not of its column's type is the type's violation, and no second one here.
 */
export function compileRowChecks(
  source: Source,
  keyName: string,
  header: readonly string[],
  tally: Counting,
): RowCheck | null {
  const checks = declaredOf(source).flatMap((expectation): RowCheck[] => {
    const column = expectation.ofKey ? keyName : expectation.column;
    if (column === null) return [];
    const at = header.indexOf(column);
    if (expectation.rule.kind === "column_pair_greater") {
      return [pairCheck(source, expectation, header, tally)];
    }
    const test = testOf(expectation, expectation.ofKey ? "string" : source.columns[column]!.type);
    if (!test) return [];
    const counter = tally.counter(source.name, expectation.index);
    const emptyCounts = expectation.rule.kind === "not_null";
    return [
      (fields, line, key) => {
        const text = fields[at]!;
        if (text === "" && !emptyCounts) return;
        counter.seen();
        if (!test(text)) counter.unexpected(line, key, text);
      },
    ];
  });
  if (checks.length === 0) return null;
  return (fields, line, key) => {
    for (const check of checks) check(fields, line, key);
  };
}

function testOf({ rule }: Expectation, type: ColumnType): Test | null {
  switch (rule.kind) {
    case "not_null":
      return (text) => text !== "";
    case "between": {
      const [min, max] = [rule.min ?? Number.NEGATIVE_INFINITY, rule.max ?? Number.POSITIVE_INFINITY];
      // What is not a number compares false with everything.
      return (text) => !(Number(text) < min || Number(text) > max);
    }
    case "date_between": {
      const [from, to] = [rule.from ?? "", rule.to ?? "9999-12-31"];
      return (text) => !DATE.test(text) || (text >= from && text <= to);
    }
    case "in_set": {
      const values = new Set<string | number>(rule.values);
      if (type === "string") return (text) => values.has(text);
      return (text) => Number.isNaN(Number(text)) || values.has(Number(text));
    }
    case "matches_regex": {
      const regex = new RegExp(rule.pattern, rule.flags);
      return (text) => regex.test(text);
    }
    default:
      return null;
  }
}

function pairCheck(
  source: Source,
  { column, other, rule, index }: Expectation & { index: number },
  header: readonly string[],
  tally: Counting,
): RowCheck {
  const [a, b] = [header.indexOf(column!), header.indexOf(other!)];
  const read = comparable(source.columns[column!]!);
  const orEqual = rule.kind === "column_pair_greater" && rule.orEqual;
  const counter = tally.counter(source.name, index);
  return (fields, line, key) => {
    if (fields[a] === "" || fields[b] === "") return;
    const [left, right] = [read(fields[a]!), read(fields[b]!)];
    counter.seen();
    // Turned around, so that what is not a number is left to its type's expectation.
    if (left < right || (!orEqual && left === right)) {
      counter.unexpected(line, key, `${fields[a]}, where ${other} is ${fields[b]}`);
    }
  };
}

const comparable = ({ type }: Column): ((text: string) => number | string) =>
  type === "date" ? (text) => text : Number;
