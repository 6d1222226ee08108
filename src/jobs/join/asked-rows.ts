import type { Entity } from "../../definitions/language/deployment.js";
import { keyColumnsOf } from "../../definitions/language/key.js";
import { isKeyProblem, keyOfParts } from "../../definitions/language/key-form.js";
import { BadUserInputError } from "../../errors/errors.js";
import type { DatedRow } from "../../features/offline/offline-engine.js";
import { type DeliveredRecord, FileUnreadableError } from "../../ingest/formats/file-format.js";
import { parseCalendarDate } from "../../values/calendar-date.js";
import { parseInstant } from "../../values/instant.js";

/** What the rows of an asked file are. */
export interface AskedShape {
  entity: Entity;
  /** The column with each row's date or timestamp. */
  asOfColumn: string;
  /** Of every row; then the file has no such column. */
  asOf: string | null;
  /** Of every row that says no other in the column `known_at`. */
  knownAt: Date | null;
  /** Today, UTC: no row is of a later date. */
  today: string;
}

const KNOWN_AT = "known_at";
/** Problems that one error names. */
const NAMED = 20;

/** The columns that a file of asked rows may have. */
export const askedColumns = ({
  entity,
  asOf,
  asOfColumn,
}: Omit<AskedShape, "today" | "knownAt">): string[] => [
  ...keyColumnsOf(entity).map(({ column }) => column),
  ...(asOf === null ? [asOfColumn] : []),
  KNOWN_AT,
];

/**
 * The rows of a file of keys and dates, batch by batch, in the file's order. A timestamp asks for its date in UTC.
 * @throws {BadUserInputError} with the rows' numbers: the header or a row cannot be used; the file ends before its end
 */
export async function* askedRows(
  batches: AsyncIterable<DeliveredRecord[]>,
  shape: AskedShape,
  hasHeader: boolean,
): AsyncGenerator<DatedRow[], void, undefined> {
  let reader: RowReader | null = null;
  try {
    for await (const batch of batches) {
      const [first, ...rest] = batch;
      if (reader === null && first === undefined) continue;
      const rows: DeliveredRecord[] = reader === null ? rest : batch;
      reader ??= new RowReader(first!.fields, shape);
      if (rows.length > 0) yield reader.read(rows);
    }
  } catch (error) {
    if (!(error instanceof FileUnreadableError)) throw error;
    throw new BadUserInputError(`row ${error.line}: the file cannot be read: ${error.message}`, {
      row: error.line,
    });
  }
  if (reader === null && hasHeader) {
    throw new BadUserInputError(`the file is empty; a header was expected: ${expected(shape)}`);
  }
}

const expected = (shape: AskedShape): string => askedColumns(shape).slice(0, -1).join(", ");

class RowReader {
  readonly #key: readonly { column: string; type: string; place: number }[];
  readonly #asOf: number | null;
  readonly #knownAt: number;

  constructor(
    header: readonly string[],
    private readonly shape: AskedShape,
  ) {
    const known = askedColumns(shape);
    const refuse = (problem: string): never => {
      throw new BadUserInputError(
        `header: ${problem}; ${expected(shape)} were expected, and ${KNOWN_AT} may be there`,
      );
    };
    const twice = header.find((name, place) => header.indexOf(name) !== place);
    if (twice !== undefined) refuse(`the column ${JSON.stringify(twice)} is there twice`);
    const stranger = header.find((name) => !known.includes(name));
    if (stranger !== undefined) {
      refuse(
        `the column ${JSON.stringify(stranger.slice(0, 60))} is neither of the key nor the date; leave it out, rows are answered in the file's order`,
      );
    }
    const missing = known.slice(0, -1).find((name) => !header.includes(name));
    if (missing !== undefined) refuse(`the column ${JSON.stringify(missing)} is missing`);
    this.#key = keyColumnsOf(shape.entity).map(({ column, type }) => ({
      column,
      type,
      place: header.indexOf(column),
    }));
    this.#asOf = shape.asOf === null ? header.indexOf(shape.asOfColumn) : null;
    this.#knownAt = header.indexOf(KNOWN_AT);
  }

  /** @throws {BadUserInputError} names the first rows that cannot be used */
  read(records: readonly DeliveredRecord[]): DatedRow[] {
    const problems: { row: number; column: string; problem: string }[] = [];
    const rows = records.map(({ line, fields }): DatedRow => {
      const note = (column: string, problem: string) => problems.push({ row: line, column, problem });
      const key = keyOfParts(
        this.shape.entity,
        this.#key.map(({ place }) => fields[place] ?? ""),
      );
      if (isKeyProblem(key)) note(key.column.column, key.problem);
      const asOf = this.#dateOf(fields, note);
      const knownAt = this.#knownAtOf(fields, note);
      return { key: isKeyProblem(key) ? "" : key, asOf, ...(knownAt && { knownAt }) };
    });
    if (problems.length === 0) return rows;
    const [first] = problems;
    const more = problems.length > 1 ? `, and ${problems.length - 1} more among the rows read with it` : "";
    throw new BadUserInputError(`row ${first!.row}: ${first!.column}: ${first!.problem}${more}`, {
      rows: problems.slice(0, NAMED),
    });
  }

  #dateOf(fields: readonly string[], note: (column: string, problem: string) => void): string {
    if (this.#asOf === null) return this.shape.asOf!;
    const text = fields[this.#asOf] ?? "";
    const { asOfColumn, today } = this.shape;
    const date = parseCalendarDate(text) ?? instantOf(text)?.toISOString().slice(0, 10) ?? null;
    if (date === null) {
      note(
        asOfColumn,
        `a date such as 2024-01-31, or a timestamp such as 2024-01-31T10:30:00Z, was expected; got ${JSON.stringify(text.slice(0, 60))}`,
      );
      return today;
    }
    if (date > today) note(asOfColumn, `${date} is in the future; today is ${today} in UTC`);
    return date;
  }

  #knownAtOf(fields: readonly string[], note: (column: string, problem: string) => void): Date | null {
    const text = this.#knownAt < 0 ? "" : (fields[this.#knownAt] ?? "");
    if (text === "") return this.shape.knownAt;
    const instant = instantOf(text);
    if (!instant)
      note(
        KNOWN_AT,
        `a timestamp such as 2024-01-31T10:30:00Z was expected; got ${JSON.stringify(text.slice(0, 60))}`,
      );
    return instant;
  }
}

/** As pandas and PostgreSQL write it, too: a space for the T, no offset for UTC. */
function instantOf(text: string): Date | null {
  const dashed = text.replace(" ", "T");
  return (
    parseInstant(dashed) ??
    parseInstant(`${dashed}Z`) ??
    parseInstant(dashed.replace(/([+-]\d{2})$/, "$1:00"))
  );
}
