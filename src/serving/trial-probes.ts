import type { EntityNames } from "../definitions/language/entity-names.js";
import { UnusableModelError } from "../errors/unusable-model.js";
import { answerAt, type Scores, shownAnswer } from "./answers.js";
import type { Row } from "./encoder.js";
import type { ModelTrial, TrialRow } from "./model-trial.js";

/** A model answers a row alike alone and beside others, but for the rounding of sums in another order. */
const SAME = 1e-4;
/** Rows that are asked alone, too. */
const ALONE = 32;
const ALONE_PER_BATCH = 4;

/** What any client may push one day; a number reaches the model within ±1e30. */
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 53 - 1,
  1 - 2 ** 53,
  2 ** 63,
  -(2 ** 63),
  1e30,
  -1e30,
  5e-324,
];
const TEXTS = ["", "never seen before", "\u{1F600} ünïcode\n", "0", "x".repeat(10_000)];

export interface Probed {
  /** The features without which the model has no answer. */
  required: Set<string>;
  warnings: string[];
}

/**
 * Scores rows as serving may send them: rows that lack one value, or all, and the ends of each feature's range. A row
 * without an answer is a warning; a row that ends the process refuses the model.
 * @throws {UnusableModelError}
 */
export async function probe(
  trial: ModelTrial,
  rows: readonly TrialRow[],
  { aWord }: Pick<EntityNames, "aWord">,
): Promise<Probed> {
  const { features } = trial.signature;
  const names = features.map(({ name }) => name);
  const whole = rows.find(({ row }) => names.every((name) => row[name] !== null)) ?? rows[0]!;
  const silent: string[] = [];
  const tryRow = async (row: Row, what: string): Promise<boolean> => {
    const answered = (await trial.askAlone(row, `on a row ${what}`)) !== null;
    if (!answered && silent.length < 20) silent.push(what);
    return answered;
  };
  const required = new Set<string>();
  for (const name of names) {
    const score = await trial.askAlone({ ...whole.row, [name]: null }, `on a row without ${name}`);
    if (score === null) required.add(name);
  }
  const nothing = await trial.askAlone(
    Object.fromEntries(names.map((name) => [name, null])),
    "on a row without any value",
  );
  if (nothing === null && required.size === 0) silent.push("without any value");
  for (const { name, kind } of features) {
    for (const value of kind === "numeric" ? NUMBERS : TEXTS) {
      const shown =
        typeof value === "string" && value.length > 40
          ? "a text of 10 000 characters"
          : JSON.stringify(value);
      await tryRow({ ...whole.row, [name]: value }, `whose ${name} is ${shown}`);
    }
  }
  for (const number of [0, -(2 ** 63), 1e30, -1e30]) {
    const all = features.map(({ name, kind }) => [name, kind === "numeric" ? number : "never seen before"]);
    await tryRow(Object.fromEntries(all), `whose numbers are all ${number}`);
  }
  const warnings =
    silent.length > 0
      ? [`it has no answer to a row ${silent.join(", or ")}: such ${aWord}'s prediction fails`]
      : [];
  return { required, warnings };
}

/**
 * That an answer does not depend on who else is asked about: rows alone, in another order, and among rows of another kind.
 * @param scores the answers in the batch
 * @throws {UnusableModelError}
 */
export async function requireIndependent(
  trial: ModelTrial,
  rows: readonly TrialRow[],
  scores: Scores,
): Promise<void> {
  const sample = spread(rows.length, ALONE);
  for (const place of sample) await sameAlone(trial, rows[place]!, answerAt(scores, place), rows.length);
  const reversed = [...rows].reverse();
  const backwards = await trial.score(reversed);
  for (const [place, row] of rows.entries()) {
    same(
      row.name,
      answerAt(scores, place),
      answerAt(backwards, rows.length - 1 - place),
      "in one order of the rows",
      "in another",
    );
  }
  const doubled = sample.flatMap((place) => [rows[place]!, rows[sample[0]!]!]);
  const among = await trial.score(doubled);
  for (const [index, place] of sample.entries()) {
    same(
      rows[place]!.name,
      answerAt(scores, place),
      answerAt(among, index * 2),
      `beside ${rows.length - 1} others`,
      `beside ${doubled.length - 1}`,
    );
  }
}

/** A few of a batch, alone. @throws {UnusableModelError} */
export async function requireSomeAlone(
  trial: ModelTrial,
  rows: readonly TrialRow[],
  scores: Scores,
): Promise<void> {
  for (const place of spread(rows.length, ALONE_PER_BATCH)) {
    await sameAlone(trial, rows[place]!, answerAt(scores, place), rows.length);
  }
}

async function sameAlone(
  trial: ModelTrial,
  { name, row }: TrialRow,
  score: readonly number[],
  rows: number,
): Promise<void> {
  const alone = await trial.askAlone(row, `on the row of ${JSON.stringify(name)} alone`);
  same(name, score, alone, `beside ${rows - 1} others`, "alone");
}

function same(
  name: string,
  one: readonly number[],
  other: ArrayLike<number> | null,
  inOne: string,
  inOther: string,
): void {
  // Of answers beyond ±1 as a share of them.
  const isSame = (a: number, b: number) => Math.abs(a - b) <= SAME * Math.max(1, Math.abs(a), Math.abs(b));
  if (other && one.every((value, k) => isSame(value, other[k]!))) return;
  const others = other ? shownAnswer(other) : "NaN";
  throw new UnusableModelError(
    `it gives ${JSON.stringify(name)} ${shownAnswer(one)} ${inOne} and ${others} ${inOther}: its answer depends on the rest of its batch, ` +
      "or on chance; export it with each row's answer made from that row alone",
    { key: name },
  );
}

/** Up to `wanted` places of `count`, the first and the last among them. */
function spread(count: number, wanted: number): number[] {
  const taken = Math.min(count, wanted);
  return Array.from({ length: taken }, (_, i) =>
    taken === 1 ? 0 : Math.round((i * (count - 1)) / (taken - 1)),
  );
}
