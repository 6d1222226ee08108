import { z } from "zod";
import { UnusableModelError } from "../errors/unusable-model.js";
import type { ModelSignature } from "../registry/model.js";
import { murmur3 } from "../training/murmur3.js";
import { answerAt, type Scores } from "./answers.js";
import type { Row } from "./encoder.js";
import type { ModelTrial } from "./model-trial.js";

/**
 * What a model answers of rows that nobody has: they follow from its signature alone, so that a version can be compared with
 * itself where it arrives without a row of anybody leaving where it was trained.
 */
const madeUpAnswers = z.array(
  z.object({
    row: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
    /** The numbers of the answer; null: it has none. */
    answer: z.array(z.number()).nullable(),
  }),
);
export type MadeUpAnswers = z.infer<typeof madeUpAnswers>;

export const readMadeUp = (json: unknown): MadeUpAnswers => madeUpAnswers.parse(json);

const ROWS = 64;
/** From here on some values are left empty. */
const WHOLE_ROWS = 32;
/** Across the sizes that counts, shares, amounts and ages have. */
const NUMBERS = [0, 1, -1, 0.1, 0.5, 0.9, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 377, 1_000, 10_000, 1_000_000];
const TEXTS = ["", "a", "b", "never seen before"];
/** Between machines the last digits may differ. */
const DIGITS = 6;
const SAME = 1e-4;

/** @param signature whose features the rows have */
export function madeUpRows({ features }: Pick<ModelSignature, "features">): Row[] {
  return Array.from({ length: ROWS }, (_, place) =>
    Object.fromEntries(
      features.map(({ name, kind, categories }) => {
        const values: readonly (number | string)[] =
          categories && categories.length > 0 ? categories : kind === "numeric" ? NUMBERS : TEXTS;
        const drawn = murmur3(`${place} ${name}`, 1);
        const isEmpty = place >= WHOLE_ROWS && drawn % 4 === 0;
        return [name, isEmpty ? null : values[(drawn >>> 2) % values.length]!];
      }),
    ),
  );
}

export const madeUpOf = (rows: readonly Row[], scores: Scores): MadeUpAnswers =>
  rows.map((row, place) => ({
    row: row as MadeUpAnswers[number]["row"],
    answer: scores.failures.has(place)
      ? null
      : Array.from(answerAt(scores, place), (value) => Number(value.toPrecision(DIGITS))),
  }));

/** @throws {UnusableModelError} it answers otherwise here, or not at all where it did */
export async function requireSameAnswers(trial: ModelTrial, expected: MadeUpAnswers): Promise<void> {
  for (const [place, { row, answer }] of expected.entries()) {
    const got = await trial.askAlone(row as Row, `on the archive's row ${place}`);
    if (isSame(got, answer)) continue;
    throw new UnusableModelError(
      `of the archive's row ${place} it gives ${shown(got)} here, where it was exported ${shown(answer)}: this is not the same model, or not the same runtime`,
      { row: place },
    );
  }
}

function isSame(got: Float32Array | null, expected: readonly number[] | null): boolean {
  if (!got || !expected) return !got && !expected;
  return (
    got.length === expected.length &&
    expected.every((value, k) => Math.abs(value - got[k]!) <= SAME * Math.max(1, Math.abs(value)))
  );
}

const shown = (answer: ArrayLike<number> | null): string =>
  answer ? Array.from(answer, (value) => Number(value.toPrecision(DIGITS))).join(", ") : "no answer";
