import { softmaxRows } from "../../scoring/softmax.js";
import type { Margin } from "../explainer.js";
import { NotExplainable } from "./read-ensemble.js";

/** How a model's answers follow from what its trees sum to: link(answer) = slope x sum + intercept. */
export interface AnswerLink {
  margin: Exclude<Margin, `uncalibrated_${string}`>;
  /** By answer, the target that it is made of. */
  targets: number[];
  slope: number;
  intercept: number;
}

/** Of the sums, by target, and the answers of some rows; both one number after the other, row by row. */
export interface SeenAnswers {
  rows: number;
  sums: Float64Array;
  targets: number;
  answers: ArrayLike<number>;
  classes: number;
}

/** A line goes through any two points. */
const FEWEST_ROWS = 8;
/** What is lost where sums and answers are of 32 bits. */
const TOLERANCE = 1e-4;
/** As near to 0 or 1 a probability of 32 bits says little of its log-odds. */
const CERTAIN = 1e-4;

/**
 * Finds out how a file's answers follow from its trees, by what it answered: the graph behind the trees is not read, and a
 * file is not taken at its word.
 * @throws {NotExplainable} they follow in no known way
 */
export function linkOf(seen: SeenAnswers, task: string): AnswerLink {
  if (seen.rows < FEWEST_ROWS)
    throw new NotExplainable(
      `${seen.rows} rows are stored that its answers could be compared with; ${FEWEST_ROWS} were expected`,
    );
  const links = seen.classes > 1 ? classLinks(seen) : numberLinks(seen, task);
  const [best] = links.sort((a, b) => a.error - b.error);
  if (best && best.error <= TOLERANCE) return best.link;
  throw new NotExplainable("its answers do not follow from the sum of its trees in a way that is known here");
}

interface Tried {
  link: AnswerLink;
  /** The greatest of all rows. */
  error: number;
}

function classLinks({ rows, sums, targets, answers, classes }: SeenAnswers): Tried[] {
  if (targets !== classes) return [];
  const errorOf = (said: ArrayLike<number>) => {
    let error = 0;
    for (let k = 0; k < rows * classes; k++) error = Math.max(error, Math.abs(said[k]! - answers[k]!));
    return error;
  };
  const all = { targets: Array.from({ length: classes }, (_, k) => k), slope: 1, intercept: 0 };
  return [
    { link: { margin: "probability", ...all }, error: errorOf(sums) },
    { link: { margin: "score", ...all }, error: errorOf(softmaxRows(Float64Array.from(sums), classes)) },
  ];
}

const LINKS = {
  BINARY: [
    { margin: "probability", of: (answer: number) => answer, back: (margin: number) => margin },
    {
      margin: "log_odds",
      of: (p: number) => Math.log(p / (1 - p)),
      back: (m: number) => 1 / (1 + Math.exp(-m)),
    },
  ],
  REGRESSION: [
    { margin: "value", of: (answer: number) => answer, back: (margin: number) => margin },
    { margin: "log_value", of: Math.log, back: Math.exp },
  ],
} as const;

function numberLinks({ rows, sums, targets, answers }: SeenAnswers, task: string): Tried[] {
  const links = task === "BINARY" || task === "REGRESSION" ? LINKS[task] : [];
  return Array.from({ length: targets }, (_, target) => target).flatMap((target) =>
    links.flatMap(({ margin, of, back }) => {
      const points: [number, number][] = [];
      for (let row = 0; row < rows; row++) {
        const answer = answers[row]!;
        const isCertain = margin === "log_odds" && (answer < CERTAIN || answer > 1 - CERTAIN);
        if (!isCertain && Number.isFinite(of(answer)))
          points.push([sums[row * targets + target]!, of(answer)]);
      }
      if (points.length === 0) return [];
      const { slope, intercept } = line(points);
      let error = 0;
      for (let row = 0; row < rows; row++) {
        const said = back(slope * sums[row * targets + target]! + intercept);
        error = Math.max(error, Math.abs(said - answers[row]!) / Math.max(1, Math.abs(answers[row]!)));
      }
      return [{ link: { margin, targets: [target], slope, intercept }, error }];
    }),
  );
}

/** By least squares; ends that are 1, -1 or 0 but for rounding are made so. */
function line(points: readonly [number, number][]): { slope: number; intercept: number } {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  let [squares, products] = [0, 0];
  for (const [x, y] of points) {
    squares += (x - meanX) ** 2;
    products += (x - meanX) * (y - meanY);
  }
  // All alike: the slope cannot be seen.
  const slope = squares > 1e-12 ? snapped(products / squares, [1, -1]) : 1;
  return { slope, intercept: snapped(meanY - slope * meanX, [0, 1]) };
}

const snapped = (value: number, to: readonly number[]): number =>
  to.find((end) => Math.abs(end - value) < TOLERANCE) ?? value;
