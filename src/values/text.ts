/** Half of a surrogate pair: no encoding can hold it, and PostgreSQL would be given another character in its place. */
const HALF = /\p{Surrogate}/u;

export const isWellFormed = (text: string): boolean => !HALF.test(text);

/** As PostgreSQL can hold it: neither NUL nor half a character. */
export const storable = (text: string): string =>
  text.replaceAll("\0", "\ufffd").replace(/\p{Surrogate}/gu, "\ufffd");

/** Why no database can hold the text as it is, or null. */
export function textProblem(text: string): string | null {
  if (text.includes("\0")) return "it holds a NUL character";
  return isWellFormed(text) ? null : "it holds half of a surrogate pair, which is no character";
}

/** Why a text cannot be used as a name, or null. */
export function namedProblem(text: string, maxLength: number): string | null {
  if (text.length === 0) return "it is empty";
  if (text.length > maxLength) return `it has ${text.length} characters; at most ${maxLength} are accepted`;
  return textProblem(text);
}
