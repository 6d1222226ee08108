import { z } from "zod";

/** Docker compose passes a variable that nobody set as an empty one. */
const blankIsAbsent = (value: unknown): unknown =>
  typeof value === "string" && value.trim() === "" ? undefined : value;

/** A variable as `read` reads it; where it is not set, the fallback. */
export const variable = <const T, F extends T | null>(read: z.ZodType<T>, fallback: F) =>
  z.preprocess(
    blankIsAbsent,
    read.optional().transform((value): T | F => value ?? fallback),
  );

export const textVariable = <F extends string | null>(fallback: F) => variable(z.string(), fallback);

export function numberFrom<F extends number | null>(min: number, max: number, fallback: F, whole = true) {
  const message = `must be a ${whole ? "whole " : ""}number from ${min} to ${max}`;
  const read = z.coerce.number({ error: message });
  return variable(
    (whole ? read.int({ error: message }) : read).min(min, message).max(max, message),
    fallback,
  );
}

export const trueOrFalse = (fallback: boolean) =>
  variable(
    z.enum(["true", "false"], { error: "must be true or false" }).transform((value) => value === "true"),
    fallback,
  );

/** Whether nobody else can write on the line: keys fetched over another would let them sign as anybody. */
export function trustedUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return (
    protocol === "https:" || (protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  );
}
