import { type CellFormatter, type Format, plain } from "./format.js";

/** What a command asks of the server and prints of the answer. */
export interface View {
  /** A connection that does not say how many it has. */
  readonly uncounted?: true;
  /** Selected of each node. */
  readonly fields: string;
  lines(answer: unknown, format: Format): string[];
}

export interface TableColumn {
  readonly title: string;
  /** Where the value is: `error.code`. */
  readonly path: string;
  readonly cell: CellFormatter;
  /** What the cell needs of an object at the path. */
  readonly inside: string;
  /** Of a task that others are not of: a table whose rows all lack it is without it. */
  readonly ofSome?: true;
}

export const column = (
  title: string,
  path: string,
  cell: CellFormatter = plain,
  inside = "",
): TableColumn => ({
  title,
  path,
  cell,
  inside,
});

/** A column that a table is without where none of its rows has a value. */
export const columnOfSome = (...of: Parameters<typeof column>): TableColumn => ({
  ...column(...of),
  ofSome: true,
});

/** One line a node under a header. @param also selected for `--json` alone */
export function table(columns: readonly TableColumn[], also = ""): View {
  return {
    fields: `${selectionOf(columns)} ${also}`,
    lines: (answer, format) => rowsOf(columns, entriesOf(answer), format),
  };
}

/** One value a line, then a table for each list inside; the path of a list may go through objects. */
export function detail(
  columns: readonly TableColumn[],
  lists: readonly { title: string; path: string; columns: readonly TableColumn[] }[] = [],
  also = "",
): View {
  const inner = lists.map(({ path, columns }) => selectionOf([{ path, inside: selectionOf(columns) }]));
  const width = Math.max(...columns.map(({ title }) => title.length));
  return {
    fields: [selectionOf(columns), ...inner, also].join(" "),
    lines: (answer, format) => [
      ...columns.flatMap(({ title, path, cell }) => {
        const value = at(answer, path);
        const text = value === null || value === undefined ? "" : cell(value, format);
        return text === "" ? [] : `${title.toLowerCase().padEnd(width)}  ${text}`;
      }),
      ...lists.flatMap(({ title, path, columns }) => {
        const rows = at(answer, path);
        if (!Array.isArray(rows) || rows.length === 0) return [];
        return ["", title, ...rowsOf(columns, rows, format)];
      }),
    ],
  };
}

/** `id error { code message }` of the paths `id`, `error.code`, `error.message` */
export function selectionOf(columns: readonly Pick<TableColumn, "path" | "inside">[]): string {
  return columns
    .map(({ path, inside }) => {
      const names = inside ? [...path.split("."), inside] : path.split(".");
      return names.reduceRight((inner, name) => `${name} { ${inner} }`);
    })
    .join(" ");
}

/** Aligned under a header; numbers to the right. */
export function rowsOf(all: readonly TableColumn[], rows: readonly unknown[], format: Format): string[] {
  const isThere = (value: unknown) => value !== null && value !== undefined;
  const columns = all.filter(
    ({ ofSome, path }) => !ofSome || rows.length === 0 || rows.some((row) => isThere(at(row, path))),
  );
  const cells = rows.map((row) =>
    columns.map(({ path, cell }) => {
      const value = at(row, path);
      // One value is one line: a message may have several.
      return !isThere(value) ? "" : cell(value, format).replace(/\s*\n\s*/g, " ");
    }),
  );
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)));
  const isNumber = columns.map(
    (_, i) => cells.length > 0 && cells.every((row) => /^(-?[\d.,]+( \S+)?)?$/.test(row[i]!)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => (isNumber[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)];
}

/** Of a list or a page its nodes, else the one thing. */
export function entriesOf(answer: unknown): readonly unknown[] {
  const items = Array.isArray(answer) ? answer : at(answer, "nodes");
  return Array.isArray(items) ? items : [answer];
}

/** How to see the rest of a page; null where this is all. */
export function restOf(answer: unknown): string | null {
  if (at(answer, "pageInfo.hasNextPage") !== true) return null;
  const total = at(answer, "totalCount");
  const shown = `${entriesOf(answer).length}${total === undefined ? "" : ` of ${total}`}`;
  return `${shown}; the next ones: --after ${at(answer, "pageInfo.endCursor")}`;
}

/** Several values are what lies inside each. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((inside: unknown, name) => {
    if (Array.isArray(inside)) return inside.map((each) => at(each, name));
    return typeof inside === "object" && inside !== null
      ? (inside as Record<string, unknown>)[name]
      : undefined;
  }, value);
}
