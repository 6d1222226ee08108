import type { ColumnType } from "./column.js";
import type { Expectation, ExpectationRule } from "./expectation.js";

interface CheckedSource {
  readonly name: string;
  readonly columns: Readonly<Record<string, { readonly type: ColumnType }>>;
  readonly expectations?: readonly Expectation[];
}

const NAME = /^[a-z][a-z0-9_]{0,40}$/;
const NUMERIC: readonly ColumnType[] = ["int", "float"];

/** What a rule can be put on; rules that are not here take any column. */
const TYPES: Partial<Record<ExpectationRule["kind"], readonly ColumnType[]>> = {
  between: NUMERIC,
  mean_between: NUMERIC,
  matches_regex: ["string"],
  date_between: ["date"],
  foreign_key: ["string"],
  column_pair_greater: [...NUMERIC, "date"],
};

/**
 * Refuses expectations that contradict their source or themselves.
 * @throws {Error} names the source, the column and the expectation
 */
export function checkExpectations(source: CheckedSource, sourceNames: readonly string[]): void {
  const names = new Set<string>();
  for (const expectation of source.expectations ?? []) {
    const { column, other, ofKey, rule, mostly } = expectation;
    const of = ofKey ? "the key: " : column === null ? "" : `column ${column}: `;
    const refuse = (problem: string): never => {
      const name = rule.kind === "sql" ? `SQL ${JSON.stringify(rule.name)}` : rule.kind;
      throw new Error(`source ${source.name}: expectation ${name}: ${of}${problem}`);
    };
    for (const name of [column, other]) if (name !== null) checkType(source, name, rule, refuse);
    if (!(mostly > 0 && mostly <= 1)) refuse(`mostly ${mostly} must be above 0 and at most 1`);
    const problem = problemOf(expectation, source, sourceNames);
    if (problem) refuse(problem);
    if (rule.kind !== "sql") continue;
    if (names.has(rule.name)) refuse("it is declared twice");
    names.add(rule.name);
  }
}

function checkType(
  source: CheckedSource,
  name: string,
  rule: ExpectationRule,
  refuse: (problem: string) => never,
): void {
  if (!Object.hasOwn(source.columns, name)) refuse(`the source has no column ${name}`);
  const { type } = source.columns[name]!;
  const ofValues = rule.kind === "in_set" && rule.values.length > 0 ? typesInSet(rule.values) : undefined;
  const allowed = ofValues ?? TYPES[rule.kind];
  if (allowed && !allowed.includes(type)) refuse(`${name} is of type ${type}, not ${allowed.join(" or ")}`);
}

const typesInSet = (values: readonly (string | number)[]): readonly ColumnType[] =>
  values.every((value) => typeof value === "number") ? NUMERIC : ["string"];

function problemOf(
  { column, other, rule }: Expectation,
  source: CheckedSource,
  sourceNames: readonly string[],
): string | null {
  switch (rule.kind) {
    case "between":
    case "mean_between":
    case "row_count_between":
      return problemOfBounds(rule.min, rule.max, (bound) => Number.isFinite(bound), "a finite number");
    case "date_between":
      return problemOfBounds(rule.from, rule.to, isDate, "a date that exists, as 2024-01-31");
    case "in_set":
      if (rule.values.length === 0) return "the set allows no value";
      return new Set(rule.values.map((value) => typeof value)).size > 1
        ? "the set has both numbers and texts"
        : null;
    case "matches_regex":
      return problemOfRegex(rule.pattern, rule.flags);
    case "foreign_key":
      return sourceNames.includes(rule.source) ? null : `its source ${rule.source} is not listed in sources`;
    case "column_pair_greater":
      return problemOfPair(source, column!, other!);
    case "sql":
      return problemOfSql(rule, sourceNames);
    default:
      return null;
  }
}

function problemOfBounds<Bound extends string | number>(
  lower: Bound | null,
  upper: Bound | null,
  isBound: (bound: Bound) => boolean,
  what: string,
): string | null {
  if (lower === null && upper === null) return "it has neither a lower nor an upper bound";
  for (const bound of [lower, upper]) {
    if (bound !== null && !isBound(bound)) return `bound ${bound} is not ${what}`;
  }
  return lower !== null && upper !== null && lower > upper
    ? `its lower bound ${lower} is above its upper bound ${upper}`
    : null;
}

function problemOfRegex(pattern: string, flags: string): string | null {
  try {
    new RegExp(pattern, flags);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function problemOfPair({ columns }: CheckedSource, column: string, other: string): string | null {
  if (column === other) return "a column is never greater than itself";
  const [a, b] = [columns[column]!.type, columns[other]!.type];
  return (a === "date") === (b === "date") ? null : `${column} is of type ${a}, ${other} of type ${b}`;
}

function problemOfSql(
  { name, sql }: { name: string; sql: string },
  sourceNames: readonly string[],
): string | null {
  if (!NAME.test(name)) return "its name must be lower_snake_case of at most 41 characters";
  if (!/\{batch\}/.test(sql)) return "its query does not read {batch}";
  const unknown = [...sql.matchAll(/\{([a-z][a-z0-9_]*)\}/g)]
    .map((match) => match[1]!)
    .find((placeholder) => placeholder !== "batch" && !sourceNames.includes(placeholder));
  return unknown ? `{${unknown}} is neither {batch} nor a source` : null;
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
