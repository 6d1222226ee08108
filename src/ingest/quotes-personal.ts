import type { PersonalColumns } from "../definitions/language/personal.js";
import type { ExpectationResult, ValidationReport } from "../registry/run.js";
import { quarantine, rowCount } from "./expectations/delivery/file.js";
import { rowCountBetween } from "./expectations/row-count-between.js";

/** What is said of columns, to those who may not see their values and of those who may. */
type Marks = Pick<PersonalColumns, "any" | "mayQuote">;

/** What is expected, and of which column; null: of the file or of its rows as a whole. */
interface Expected {
  readonly source: string;
  readonly column: string | null;
  readonly expectation: string;
}

/** Of a file as a whole these only count. */
const COUNTS: readonly string[] = [rowCount.name, quarantine.name, rowCountBetween.name];

/** Whether what an expectation found unexpected, or observed, may be a personal value or have one in it. */
export const quotesPersonal = (personal: Marks, { source, column, expectation }: Expected): boolean =>
  !(column === null && COUNTS.includes(expectation)) && personal.mayQuote(source, column);

/** The report without what it quotes of personal columns, as a page that anybody may read has it. */
export function maskReport(report: ValidationReport, personal: Marks): ValidationReport {
  if (!personal.any) return report;
  const expectations = report.expectations.map((result) =>
    quotesPersonal(personal, result) ? maskResult(result) : result,
  );
  return { ...report, expectations };
}

/** What is observed of a file beside these is made of its values. */
const SAID_OF_ANY = ["rows", "rule", "skipped", "reason"];

function maskResult(result: ExpectationResult): ExpectationResult {
  const { observed, sample } = result;
  const kept =
    typeof observed === "object" && observed !== null
      ? Object.fromEntries(Object.entries(observed).filter(([name]) => SAID_OF_ANY.includes(name)))
      : null;
  return {
    ...result,
    observed: kept,
    sample: sample.map((row) => ({ ...row, value: null })),
    masked: true,
  };
}
