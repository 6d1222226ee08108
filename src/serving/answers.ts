import type { Task } from "../training/tasks/task.js";

/** As the runtime gave them: a number a row, and why where there is none. */
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

/** One probability a row; of a row that is among the failures there is none. */
export interface Scores {
  probabilities: Float32Array;
  failures: ReadonlyMap<number, ScoreFailure>;
}

export const NO_FAILURES: ReadonlyMap<number, ScoreFailure> = new Map();

/**
 * Asks for rows together; where that throws, for each half apart, so that a row which cannot be answered costs its own answer
 * only.
 * @param ask throws, or answers the rows from..to in order
 */
export async function askApart(
  rows: number,
  ask: (from: number, to: number) => Promise<ArrayLike<number>>,
): Promise<RawAnswers> {
  const answers: RawAnswers = { values: new Float64Array(rows).fill(Number.NaN), failures: [] };
  const askRange = async (from: number, to: number): Promise<void> => {
    try {
      answers.values.set(await ask(from, to), from);
    } catch (error) {
      if (to - from === 1) {
        answers.failures.push([from, (error as Error).message.slice(0, 500)]);
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
): Scores {
  const probabilities = new Float32Array(rows);
  const failed = new Map<number, ScoreFailure>();
  for (const [row, problem] of failures) failed.set(row, new ScoreFailure("model", problem));
  for (let row = 0; row < rows; row++) {
    const value = values[row] ?? Number.NaN;
    const answer = task.readAnswer(value);
    if (!Number.isNaN(answer)) probabilities[row] = answer;
    else if (!failed.has(row)) {
      failed.set(row, new ScoreFailure("model", `its answer is ${value}, which is no ${task.answer}`));
    }
  }
  return { probabilities, failures: failed.size > 0 ? failed : NO_FAILURES };
}
