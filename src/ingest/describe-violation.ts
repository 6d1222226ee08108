import type { UnexpectedRow } from "../registry/run.js";
import { formatOf } from "./formats/registry.js";

const KINDS_IN_WORDS = 5;

/** What of a violation is put into words. */
export interface Violation {
  source: string;
  /** Absent from reports of earlier versions. */
  file?: string;
  column: string | null;
  expectation: string;
  count: number;
}

/** The name a source's file was delivered under. */
export const fileOf = ({ source, file }: { source: string; file?: string }): string =>
  file ?? `${source}.csv`;

/** What a row is found by: Parquet has no lines. */
export const lineWord = (file: string): "line" | "row" => formatOf(file)?.format.position ?? "row";

/**
 * `labels.csv churn_label type: 3, users.csv.gz as a whole row_count: 1`: what was met with how often, the first few.
 */
export function kindsInWords(kinds: readonly Violation[]): string {
  const words = kinds.slice(0, KINDS_IN_WORDS).map((kind) => {
    const { column, expectation, count } = kind;
    return `${fileOf(kind)} ${column ?? "as a whole"} ${expectation}: ${count}`;
  });
  if (kinds.length > KINDS_IN_WORDS) words.push(`and ${kinds.length - KINDS_IN_WORDS} more`);
  return words.join(", ");
}

/** `labels.csv, line 3, column churn_label: value "yes" must be True or False (type)` */
export function violationInWords({
  file,
  column,
  expectation,
  rule,
  sample,
  ofRows,
  quoted,
}: {
  file: string;
  column: string | null;
  expectation: string;
  rule: string;
  sample: readonly UnexpectedRow[];
  /** False where the sample is about the whole file, not about rows. */
  ofRows: boolean;
  /** False where what was found may be a personal value: then it is in the run's report alone, for who may see it. */
  quoted: boolean;
}): string {
  const row = sample[0];
  // A header is no row of a Parquet file, and a count is on no line.
  const placed = row && row.line > 0 && (ofRows || lineWord(file) === "line");
  const place = placed && `${lineWord(file)} ${row.line}`;
  const where = [file, place, column && `column ${column}`].filter(Boolean).join(", ");
  if (!quoted) return `${where}: ${column === null ? "" : "a value "}${rule} (${expectation})`;
  // Of the file or a row as a whole, the sample says what is wrong; of a column, what was there.
  const problems = ofRows ? row?.value : sample.map(({ value }) => value).join(", ");
  const found =
    column === null || !ofRows ? `${problems}; ` : row?.value ? `value ${JSON.stringify(row.value)} ` : "";
  return `${where}: ${found}${rule} (${expectation})`;
}
