import { z } from "zod";

export interface Bounds<Bound extends string | number> {
  readonly lower: Bound | null;
  readonly upper: Bound | null;
}

/** @param what a bound must be, in words */
const bound = <Bound extends string | number>(is: (value: unknown) => value is Bound, what: string) =>
  z.custom<Bound | null>((value) => value === null || is(value), {
    error: ({ input }) => `bound ${input} is not ${what}`,
  });

const isNumber = (value: unknown): value is number => Number.isFinite(value);
export const numberBound = bound(isNumber, "a finite number");
export const dateBound = bound(isDate, "a date that exists, as 2024-01-31");

export const numberBounds = z
  .strictObject({ min: numberBound, max: numberBound })
  .superRefine(({ min, max }, context) => refuse(boundsProblem({ lower: min, upper: max }), context));
export type NumberBounds = z.infer<typeof numberBounds>;

export const dateBounds = z
  .strictObject({ from: dateBound, to: dateBound })
  .superRefine(({ from, to }, context) => refuse(boundsProblem({ lower: from, upper: to }), context));

export type DateBounds = z.infer<typeof dateBounds>;

const refuse = (message: string | null, context: z.RefinementCtx) => {
  if (message !== null) context.addIssue({ code: "custom", message });
};

function boundsProblem<Bound extends string | number>({ lower, upper }: Bounds<Bound>): string | null {
  if (lower === null && upper === null) return "it has neither a lower nor an upper bound";
  return lower !== null && upper !== null && lower > upper
    ? `its lower bound ${lower} is above its upper bound ${upper}`
    : null;
}

export function boundsInWords({ lower, upper }: Bounds<string | number>): string {
  if (upper === null) return `at least ${lower}`;
  return lower === null ? `at most ${upper}` : `between ${lower} and ${upper}`;
}

export const numbersInWords = ({ min, max }: NumberBounds) => boundsInWords({ lower: min, upper: max });
export const within = ({ min, max }: NumberBounds, value: number): boolean =>
  (min === null || value >= min) && (max === null || value <= max);

function isDate(text: unknown): text is string {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
