import { BadUserInputError } from "../errors/errors.js";

/** Part of a list, from an opaque cursor on. */
export interface Slice<T> {
  nodes: T[];
  hasNextPage: boolean;
  /** It begins after a cursor, which is a row's of the page before. */
  hasPreviousPage: boolean;
  /** Of a node by its place in `nodes`; made when it is asked for. */
  cursorAt(index: number): string;
}
/** A part of a list whose length is known. */
export interface Page<T> extends Slice<T> {
  totalCount: number;
}
export interface PageRequest {
  first: number;
  after?: string | null;
}

/** Cursors are opaque to clients: the sort key of the page's last row, as base64url JSON. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/**
 * @param fits whether the decoded key can be compared with this list's keys: another list's cursor must not reach SQL
 * @throws {BadUserInputError} the text is no cursor of this list
 */
export function decodeCursor(
  cursor: string,
  length: number,
  fits: (key: readonly (string | number)[]) => boolean = () => true,
): (string | number)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    const scalar = (part: unknown) =>
      typeof part === "number" || (typeof part === "string" && !part.includes("\0"));
    if (Array.isArray(key) && key.length === length && key.every(scalar) && fits(key)) return key;
  } catch {
    // not base64url JSON: told below
  }
  throw new BadUserInputError(
    `after: ${JSON.stringify(cursor)} is no cursor of this list; pass pageInfo.endCursor of the page before`,
  );
}

/** Makes a slice of `first + 1` rows that were read to see whether there is a next one. */
export function toSlice<Row, Node>(
  rows: readonly Row[],
  { first, after }: PageRequest,
  toNode: (row: Row) => Node,
  keyOf: (row: Row) => readonly (string | number)[],
): Slice<Node> {
  const shown = rows.slice(0, first);
  return {
    nodes: shown.map(toNode),
    hasNextPage: rows.length > first,
    hasPreviousPage: Boolean(after),
    cursorAt: (index) => encodeCursor(keyOf(shown[index]!)),
  };
}

/** The same, of a list that was counted. */
export function toPage<Row, Node>(
  rows: readonly Row[],
  page: PageRequest,
  totalCount: number,
  toNode: (row: Row) => Node,
  keyOf: (row: Row) => readonly (string | number)[],
): Page<Node> {
  return { ...toSlice(rows, page, toNode, keyOf), totalCount };
}
