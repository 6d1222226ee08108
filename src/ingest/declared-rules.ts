import type { Source } from "../definitions/language/deployment.js";
import type { Expectation, ExpectationRule } from "../definitions/language/expectation.js";

/** How a declared expectation is named in reports: its rule, or the name of its query. */
export const expectationName = (rule: ExpectationRule): string =>
  rule.kind === "sql" ? rule.name : rule.kind;

/** One that is about the file: it holds or not, and has no unexpected rows. */
export const isAggregate = ({ kind }: ExpectationRule): boolean =>
  kind === "mean_between" || kind === "row_count_between";

/**
 * What is expected, in words that follow the column's name.
 * @param fileOf the name a source was delivered under
 */
export function expectationInWords(
  { rule, other, mostly }: Expectation,
  fileOf: (source: string) => string = (source) => `${source}.csv`,
): string {
  const tolerated = mostly < 1 ? `, in at least ${percent(mostly)} of the values` : "";
  return `${inWords(rule, other, fileOf)}${tolerated}`;
}

function inWords(rule: ExpectationRule, other: string | null, fileOf: (source: string) => string): string {
  switch (rule.kind) {
    case "not_null":
      return "must not be empty";
    case "unique":
      return "must not appear twice";
    case "between":
      return `must be ${bounds(rule.min, rule.max)}`;
    case "mean_between":
      return `must have a mean ${bounds(rule.min, rule.max)}`;
    case "row_count_between":
      return `the number of rows must be ${bounds(rule.min, rule.max)}`;
    case "date_between":
      return `must be ${bounds(rule.from, rule.to)}`;
    case "in_set":
      return `must be one of ${rule.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "matches_regex":
      return `must match /${rule.pattern}/${rule.flags}`;
    case "foreign_key":
      return `must be a key of this or an earlier ${fileOf(rule.source)}`;
    case "column_pair_greater":
      return `must be ${rule.orEqual ? "at least" : "greater than"} ${other}`;
    case "sql":
      return "the declared query must select no row";
  }
}

function bounds(lower: string | number | null, upper: string | number | null): string {
  if (upper === null) return `at least ${lower}`;
  return lower === null ? `at most ${upper}` : `between ${lower} and ${upper}`;
}

const percent = (share: number): string => `${Number((share * 100).toFixed(4))} %`;

/** Its place in the source's declaration tells two of one kind on one column apart. */
export interface DeclaredExpectation extends Expectation {
  readonly index: number;
}

export const declaredOf = (source: Source): DeclaredExpectation[] =>
  (source.expectations ?? []).map((expectation, index) => ({ ...expectation, index }));
