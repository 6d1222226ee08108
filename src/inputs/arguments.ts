import { BadUserInputError } from "../errors/errors.js";
import { namedProblem, textProblem } from "../values/text.js";

/** Bounds of what one request may ask for. */
export const maxPageSize = 1000;
export const maxBatchRows = 10_000;
export const maxHistoricalRows = 100_000;
export const maxNameLength = 200;
export const maxReasonLength = 2000;

/** @throws {BadUserInputError} not in 1..1000 */
export function pageSize(first: number): number {
  if (first >= 1 && first <= maxPageSize) return first;
  throw new BadUserInputError(`first: 1 to ${maxPageSize} was expected; got ${first}`, { argument: "first" });
}

/** Dates of a drift history: each is a comparison of every feature. */
const maxDriftDates = 100;

/** @throws {BadUserInputError} not in 1..100 */
export function driftDates(first: number): number {
  if (first >= 1 && first <= maxDriftDates) return first;
  throw new BadUserInputError(`first: 1 to ${maxDriftDates} dates were expected; got ${first}`, {
    argument: "first",
  });
}

/**
 * How much of a list is given that the client need not bound.
 * @throws {BadUserInputError} not in 1..1000
 */
export const listSize = (first: number | null | undefined): number => pageSize(first ?? maxPageSize);

/** Days of a live history, each version of each by itself: every point is measured. */
const maxLivePoints = 90;

/** @throws {BadUserInputError} not in 1..90 */
export function livePoints(first: number): number {
  if (first >= 1 && first <= maxLivePoints) return first;
  throw new BadUserInputError(`first: 1 to ${maxLivePoints} points were expected; got ${first}`, {
    argument: "first",
  });
}

/** @throws {BadUserInputError} no id of a stage transition */
export const transitionId = (id: string | null | undefined, argument: string): string | null =>
  numberedId(id, argument, "a transition");

/** @throws {BadUserInputError} no id of a change of an experiment or a model */
export const changeId = (id: string | null | undefined, argument: string): string | null =>
  numberedId(id, argument, "a change");

function numberedId(id: string | null | undefined, argument: string, of: string): string | null {
  if (id === null || id === undefined) return null;
  if (/^\d{1,18}$/.test(id)) return id;
  throw new BadUserInputError(`${argument}: the id of ${of} was expected; got ${JSON.stringify(id)}`, {
    argument,
  });
}

/** @throws {BadUserInputError} more than `most` rows */
export function batch<T>(argument: string, rows: readonly T[], most: number = maxBatchRows): readonly T[] {
  if (rows.length <= most) return rows;
  throw new BadUserInputError(
    `${argument}: at most ${most} were expected; got ${rows.length}; split the request`,
    { argument },
  );
}

function parseText(text: string, argument: string, maxLength: number): string {
  const problem = namedProblem(text, maxLength);
  if (problem === null) return text;
  throw new BadUserInputError(`${argument} cannot be used: ${problem}`, { argument });
}

/** Why nothing can be called so, or null. */
export const nameProblem = (name: string): string | null => namedProblem(name, maxNameLength);

/** @throws {BadUserInputError} none is named and the deployment has none, or no model can have the name */
export function parseModel(model: string | undefined, argument: string): string {
  if (model !== undefined) return parseName(model, argument);
  throw new BadUserInputError(
    `${argument}: this deployment declares no feature service, so there is no model to ask`,
    { argument },
  );
}

/** A name a client gives: of a model, a source, a metric. It may be unknown, but it can be looked up. */
export function parseName(name: string, argument: string): string {
  return parseText(name, argument, maxNameLength);
}

/** Why something was done, for the record. Whether one is needed, and an empty one will do, is the service's to say. */
export function parseReason<T extends string | null | undefined>(reason: T, argument: string): T {
  if (reason) parseText(reason, argument, maxReasonLength);
  return reason;
}

/** @throws {BadUserInputError} a key or a text within holds what no database does */
export function parseJson(value: unknown, argument: string): unknown {
  JSON.stringify(value, (key, inner) => {
    const problem = textProblem(key) ?? (typeof inner === "string" ? textProblem(inner) : null);
    if (problem === null) return inner;
    throw new BadUserInputError(`${argument} cannot be used: ${problem}`, { argument });
  });
  return value;
}

/**
 * The cursor of an event.
 * @throws {BadUserInputError} not a bigint's digits
 */
export function eventCursor(after: string | null | undefined): string | null {
  if (after === null || after === undefined) return null;
  if (/^\d{1,18}$/.test(after)) return after;
  throw new BadUserInputError(
    `after: an event's id was expected, such as "17"; got ${JSON.stringify(after.slice(0, 40))}`,
    { argument: "after" },
  );
}

/** Run ids are UUIDs; anything else names no run and need not reach the database. */
export function isRunId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}
