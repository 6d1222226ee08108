import type { Task } from "../training/tasks/task.js";

/** As the runtime gave them: one number a row, of several classes one for each, and why where there is none. */
export interface RawAnswers {
  values: Float64Array;
  failures: [row: number, problem: string][];
  /** Columns of the output, and whether it has that dimension at all. */
  shape?: (number | null)[];
}

/** Why a row has no score. `model`: the model cannot answer it; `unavailable`: no process could answer now, a retry may succeed. */
export class ScoreFailure extends Error {
  constructor(
    readonly reason: "model" | "unavailable",
    message: string,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** An answer a row, of `width` numbers; of a row that is among the failures there is none. */
export interface Scores {
  /** One after the other. */
  probabilities: Float32Array;
  width: number;
  failures: ReadonlyMap<number, ScoreFailure>;
}

export const NO_FAILURES: ReadonlyMap<number, ScoreFailure> = new Map();

/** For the same reason. */
export const allFailed = (rows: number, width: number, failure: ScoreFailure): Scores => ({
  probabilities: new Float32Array(rows * width),
  width,
  failures: new Map(Array.from({ length: rows }, (_, row) => [row, failure])),
});

/** Of one request among those that were asked together. */
export function scoresOfPart(scores: Scores, from: number, rows: number): Scores {
  const { probabilities, width, failures } = scores;
  if (from === 0 && rows * width === probabilities.length) return scores;
  const own = [...failures].flatMap(([row, failure]) =>
    row >= from && row < from + rows ? [[row - from, failure] as const] : [],
  );
  const part = probabilities.subarray(from * width, (from + rows) * width);
  return { probabilities: part, width, failures: new Map(own) };
}

/** The numbers of one row's answer, a list of their own: a view is made in ten times the time. */
export function answerAt({ probabilities, width }: Scores, row: number): number[] {
  const first = row * width;
  const answer = [probabilities[first]!];
  for (let k = 1; k < width; k++) answer.push(probabilities[first + k]!);
  return answer;
}

/** The runtime names the operator that failed; behind that are the operator's own words, which quote what it was given. */
const OPERATORS_WORDS = /\s*Status Message:.*$/s;
const withoutValues = (message: string): string =>
  message.replace(OPERATORS_WORDS, "; why is left out, for it may quote values");

/**
 * Asks for rows together; where that throws, for each half apart, so that a row which cannot be answered costs its own answer
 * only.
 * @param width of an answer
 * @param ask throws, or answers the rows from..to in order
 */
export async function askApart(
  rows: number,
  width: number,
  ask: (from: number, to: number) => Promise<ArrayLike<number>>,
): Promise<RawAnswers> {
  const answers: RawAnswers = { values: new Float64Array(rows * width).fill(Number.NaN), failures: [] };
  const askRange = async (from: number, to: number): Promise<void> => {
    try {
      answers.values.set(await ask(from, to), from * width);
    } catch (error) {
      if (to - from === 1) {
        answers.failures.push([from, withoutValues((error as Error).message).slice(0, 500)]);
        return;
      }
      const middle = (from + to) >> 1;
      await askRange(from, middle);
      await askRange(middle, to);
    }
  };
  if (rows > 0) await askRange(0, rows);
  return answers;
}

/** Nothing is taken for an answer that is none. */
export function checkedScores(
  task: Pick<Task, "readAnswer" | "answer">,
  { values, failures }: RawAnswers,
  rows: number,
  width: number,
): Scores {
  const probabilities = new Float32Array(rows * width).fill(Number.NaN);
  probabilities.set(values.subarray(0, rows * width));
  const failed = new Map<number, ScoreFailure>();
  for (const [row, problem] of failures) failed.set(row, new ScoreFailure("model", problem));
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    if (task.readAnswer(probabilities, from, width) && !failed.has(row)) continue;
    probabilities.fill(0, from, from + width);
    if (failed.has(row)) continue;
    const said = Array.from({ length: width }, (_, k) => values[from + k] ?? Number.NaN);
    failed.set(
      row,
      new ScoreFailure("model", `its answer is ${shownAnswer(said)}, which is no ${task.answer}`),
    );
  }
  return { probabilities, width, failures: failed.size > 0 ? failed : NO_FAILURES };
}

/** Of a few numbers at most. */
export const shownAnswer = (answer: ArrayLike<number>): string => {
  const shown = Array.from(answer).slice(0, 5).join(", ");
  return answer.length > 5 ? `${shown}, …` : shown;
};
