import { BadUserInputError } from "../../errors/errors.js";

/** How far pages of an order without an index of its own are read. */
const MAX_OFFSET = 50_000;

/** A place in a list by how many are before it. */
export const offsetToken = (offset: number): string => Buffer.from(`offset ${offset}`).toString("base64url");

/** @throws {BadUserInputError} no token of such a list, or one that is too far on */
export function offsetOf(token: string | null): number {
  if (!token) return 0;
  const offset = Number(/^offset (\d{1,9})$/.exec(Buffer.from(token, "base64url").toString())?.[1]);
  if (Number.isNaN(offset)) throw badToken(token);
  if (offset <= MAX_OFFSET) return offset;
  throw new BadUserInputError(
    `the list's page: pages in this order are read up to ${MAX_OFFSET} entries; narrow the filter, or leave the order out`,
  );
}

export const badToken = (token: string): BadUserInputError =>
  new BadUserInputError(
    `the list's page: ${JSON.stringify(token.slice(0, 100))} is none of this list; pass the one of the page before`,
  );
