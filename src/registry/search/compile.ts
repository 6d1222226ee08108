import type {
  SearchComparison,
  SearchCondition,
  SearchLeaf,
  SearchOrder,
  SearchTerm,
  SearchView,
} from "./condition.js";

/** Adds a parameter and returns its place: `$3`. Values reach SQL no other way. */
export type SearchParameter = (value: unknown) => string;

/** What a term is in SQL. */
export interface SearchField {
  readonly type: "text" | "number" | "instant";
  readonly sql: string;
  /** Of values that are rows of another table: their query up to the condition on `sql`. */
  readonly within?: string;
  /** What an index answers before `sql` is compared. */
  equals?(value: string): string;
  /** The same of several values. */
  among?(values: readonly string[]): string;
}

/** What is searched, in SQL; a leaf that it does not have is the caller's to refuse. */
export type SearchFields = (leaf: SearchLeaf, parameter: SearchParameter) => SearchField;

export const textColumn = (sql: string): SearchField => ({ type: "text", sql });
export const instantColumn = (sql: string): SearchField => ({ type: "instant", sql });
export const tagColumn = (tag: string, parameter: SearchParameter): SearchField =>
  textColumn(`tags ->> ${parameter(tag)}::text`);

/** @throws {Error} it is none of them: whoever translates a protocol named what is not there */
export function leafField(leaf: SearchLeaf, fields: Readonly<Record<string, SearchField>>): SearchField {
  const found = "field" in leaf && Object.hasOwn(fields, leaf.field) ? fields[leaf.field] : undefined;
  if (found) return found;
  throw new Error(`nothing that is searched has ${JSON.stringify(leaf)}`);
}
/** Ids are compared by their digits, without dashes. */
export const hexOf = (column: string): string => `replace(${column}::text, '-', '')`;

export function compileCondition(
  condition: SearchCondition,
  fields: SearchFields,
  parameter: SearchParameter,
): string {
  const field = compileTerm(condition.term, fields, parameter);
  if (field.within && condition.operator === "IS NULL") return `not exists (${field.within})`;
  const test = compileTest(condition, field, parameter);
  return field.within ? `exists (${field.within} and ${test})` : test;
}

function compileTerm(term: SearchTerm, fields: SearchFields, parameter: SearchParameter): SearchField {
  const compiled = (each: SearchTerm) => compileTerm(each, fields, parameter);
  if ("text" in term) return textColumn(`${parameter(term.text)}::text`);
  if ("joined" in term) return textColumn(`(${term.joined.map((each) => compiled(each).sql).join(" || ")})`);
  if ("named" in term) return textColumn(renamed(compiled(term.named).sql, term.as, parameter));
  if ("firstOf" in term) return firstOf(term.firstOf.map(compiled));
  return fields(term, parameter);
}

function renamed(sql: string, as: Readonly<Record<string, string>>, parameter: SearchParameter): string {
  const cases = Object.entries(as).map(
    ([value, name]) => `when ${parameter(value)}::text then ${parameter(name)}::text`,
  );
  return `(case ${sql} ${cases.join(" ")} else ${sql} end)`;
}

/** An index answers where it does for each of them. */
function firstOf(alternatives: readonly SearchField[]): SearchField {
  const field = textColumn(`coalesce(${alternatives.map(({ sql }) => sql).join(", ")})`);
  if (!alternatives.every(({ equals }) => equals)) return field;
  return {
    ...field,
    equals: (value) => `(${alternatives.map(({ equals }) => equals!(value)).join(" or ")})`,
  };
}

function compileTest(
  { operator, value }: SearchCondition,
  field: SearchField,
  parameter: SearchParameter,
): string {
  const { type, sql } = field;
  switch (operator) {
    case "IS NULL":
      return `${sql} is null`;
    case "IS NOT NULL":
      return `${sql} is not null`;
    case "LIKE":
    case "ILIKE":
      // A backslash is a character like others.
      return `${sql} ${operator.toLowerCase()} ${parameter(value)}::text escape ''`;
    case "IN":
    case "NOT IN": {
      const values = value as readonly string[];
      const test = `${sql} = any(${parameter(values)}::text[])`;
      if (operator === "NOT IN") return `not ${test}`;
      return field.among ? `(${field.among(values)} and ${test})` : test;
    }
    default:
      return type === "text"
        ? compareText(operator, String(value), field, parameter)
        : compareNumber(operator, Number(value), field, parameter);
  }
}

function compareText(
  operator: SearchComparison,
  value: string,
  { sql, equals }: SearchField,
  parameter: SearchParameter,
): string {
  const test = `${sql} ${operator === "!=" ? "<>" : operator} ${parameter(value)}::text`;
  return operator === "=" && equals ? `(${equals(value)} and ${test})` : test;
}

function compareNumber(
  operator: SearchComparison,
  value: number,
  { type, sql }: SearchField,
  parameter: SearchParameter,
): string {
  if (type === "instant") return compareInstant(operator, value, sql, parameter);
  const test = `${sql} ${operator === "!=" ? "<>" : operator} ${parameter(value)}::float8`;
  // PostgreSQL holds NaN for greater than every number.
  return operator === ">" || operator === ">=" ? `(${test} and ${sql} <> 'NaN')` : test;
}

/** Year 1 to 9999: no instant that is kept is outside. */
const [FIRST_MS, LAST_MS] = [-62_135_596_800_000, 253_402_300_799_999];

/** Instants are kept to the microsecond, and compared as they are shown: in whole milliseconds. */
function compareInstant(
  operator: SearchComparison,
  ms: number,
  sql: string,
  parameter: SearchParameter,
): string {
  const at = (value: number) =>
    `to_timestamp(${parameter(Math.min(Math.max(value, FIRST_MS), LAST_MS))}::float8 / 1000)`;
  switch (operator) {
    case ">=":
      return `${sql} >= ${at(Math.ceil(ms))}`;
    case ">":
      return `${sql} >= ${at(Math.floor(ms) + 1)}`;
    case "<":
      return `${sql} < ${at(Math.ceil(ms))}`;
    case "<=":
      return `${sql} < ${at(Math.floor(ms) + 1)}`;
    case "=":
      return Number.isInteger(ms) ? `(${sql} >= ${at(ms)} and ${sql} < ${at(ms + 1)})` : "false";
    case "!=":
      return Number.isInteger(ms)
        ? `not (${sql} >= ${at(ms)} and ${sql} < ${at(ms + 1)})`
        : `${sql} is not null`;
  }
}

/** Missing values last in both directions, and NaN before them. */
export function compileOrder(
  order: readonly SearchOrder[],
  fields: SearchFields,
  parameter: SearchParameter,
): string[] {
  return order.map(({ descending, term }) => orderBy(compileTerm(term, fields, parameter), descending));
}

function orderBy({ type, sql, within }: SearchField, descending: boolean): string {
  const value = within ? `(${within.replace(/^select 1/, `select ${sql}`)} limit 1)` : sql;
  const direction = descending ? "desc" : "asc";
  switch (type) {
    case "text":
      return `${value} collate "C" ${direction} nulls last`;
    case "instant":
      return `${value} ${direction} nulls last`;
    case "number":
      // NaN comes after every number, and minus NaN too.
      return `${descending ? "-" : ""}${value} asc nulls last`;
  }
}

export const viewCondition = (view: SearchView): string[] =>
  view === "ALL" ? [] : [`deleted_at is ${view === "DELETED_ONLY" ? "not " : ""}null`];
