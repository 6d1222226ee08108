import { BadUserInputError } from "../errors/errors.js";
import { jsonProblem } from "../values/exact-json.js";

/**
 * A JSON list of rows as JSON Lines: `[{"user_id": "…", "as_of": "2024-01-31"}]`, or the same under `entities`.
 * @throws {BadUserInputError} it is no such list
 */
export function jsonRows(bytes: Buffer): Buffer {
  const text = bytes.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadUserInputError(`the body is no JSON: ${(error as Error).message}`);
  }
  const problem = jsonProblem(text);
  if (problem) throw new BadUserInputError(`the JSON cannot be used: ${problem}`);
  const rows = Array.isArray(value) ? value : (value as { entities?: unknown } | null)?.entities;
  if (!Array.isArray(rows)) {
    throw new BadUserInputError(
      'the body: a list of rows was expected, [{"as_of": "2024-01-31", …}], or {"entities": […]}',
    );
  }
  const stranger = rows.findIndex((row) => row === null || typeof row !== "object" || Array.isArray(row));
  if (stranger >= 0) {
    throw new BadUserInputError(
      `row ${stranger + 1}: an object by column was expected; got ${JSON.stringify(rows[stranger])?.slice(0, 60)}`,
    );
  }
  return Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}
