/** Half of a surrogate pair: no encoding can hold it, and PostgreSQL would be given another character in its place. */
const HALF = /\p{Surrogate}/u;

export const isWellFormed = (text: string): boolean => !HALF.test(text);

/** Why no database can hold the text as it is, or null. */
export function textProblem(text: string): string | null {
  if (text.includes("\0")) return "it holds a NUL character";
  return isWellFormed(text) ? null : "it holds half of a surrogate pair, which is no character";
}
