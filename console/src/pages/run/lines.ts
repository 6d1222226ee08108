import { MASKED } from "../../parts/format.js";

/** What the validation report says of one check, as far as lines are concerned. */
interface Checked {
  source: string;
  file?: string | null | undefined;
  column?: string | null | undefined;
  expectation: string;
  success: boolean;
  severity: "ERROR" | "WARNING";
  rule?: string | null | undefined;
  unexpectedCount: number;
  /** What was found is not for the reader to see. */
  masked?: boolean | null | undefined;
  sample: readonly { line: number; key?: string | null | undefined; value?: string | null | undefined }[];
}

export interface OffendingLine {
  key: string;
  file: string;
  /** From 1; 0 of what is on no line. */
  line: number;
  column: string | null;
  /** As delivered; null where it is empty. */
  value: string | null;
  rule: string;
  entity: string | null;
  severity: "ERROR" | "WARNING";
}

/** One row a line and rule: errors before warnings, then in the order of the files. `more`: rows that no sample has. */
export function linesOf(expectations: readonly Checked[]): { lines: OffendingLine[]; more: number } {
  const failed = expectations.filter(({ success }) => !success);
  const lines = failed.flatMap(({ source, file, column, expectation, severity, rule, masked, sample }) =>
    sample.map(({ line, key, value }) => ({
      key: [source, column, expectation, rule, line].join(" "),
      file: file ?? source,
      line,
      column: column ?? null,
      value: masked ? MASKED : (value ?? null),
      rule: rule ?? expectation,
      entity: key ?? null,
      severity,
    })),
  );
  lines.sort(
    (a, b) => a.severity.localeCompare(b.severity) || a.file.localeCompare(b.file) || a.line - b.line,
  );
  const more = failed.reduce(
    (sum, { unexpectedCount, sample }) => sum + Math.max(0, unexpectedCount - sample.length),
    0,
  );
  return { lines, more };
}
