import { BadUserInputError } from "../../errors/errors.js";

const DAY_MS = 86_400_000;

/**
 * One day's grace: somewhere it is tomorrow already. What is served is never replaced by an older date.
 * @throws {BadUserInputError} the date is after today
 */
export function requireNotFuture(asOf: string, allowFuture: boolean, now: Date): void {
  const latest = new Date(now.getTime() + DAY_MS).toISOString().slice(0, 10);
  if (allowFuture || asOf <= latest) return;
  throw new BadUserInputError(
    `asOf: ${asOf} is after today, ${now.toISOString().slice(0, 10)} in UTC: once published, no ingest before that date would reach the online store; correct the date, or say allowFuture: true`,
    { argument: "asOf", asOf },
  );
}
