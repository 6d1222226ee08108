import type { Tree } from "../learners/boosting/tree.js";
import { type LinearModel, linearMargins } from "../learners/logistic/design.js";
import type { Matrix } from "../matrix.js";
import { addTrees, RepeatedTreeScorer } from "./tree-scorer.js";

/** How a fitted model scores a row: plain data, so that it can be sent to other threads. */
export interface Scoring {
  /** Where a row's score starts when there is no linear model. */
  baseScore: number;
  linear: LinearModel | null;
  trees: readonly Tree[];
  /** Probability from the score: 1 / (1 + exp(-score)), or the score's share of the number of trees. */
  link: "logistic" | "share";
}

/** Probability of label 1 for each row. */
export function probabilitiesOf(scoring: Scoring, matrix: Matrix): Float64Array {
  const scores = startingScores(scoring, matrix);
  if (scoring.trees.length > 0) addTrees(scoring.trees, matrix, scores);
  return linked(scoring, scores);
}

/**
 * A function that gives the probabilities of the matrix as it is when called; `changed` names the only column whose values are
 * others than at the last call without it, which must come first.
 */
export function repeatedScoring(
  scoring: Scoring,
  matrix: Matrix,
): (_: Matrix, changed?: number) => Float64Array {
  const trees = scoring.trees.length > 0 ? new RepeatedTreeScorer(scoring.trees, matrix) : null;
  return (_, changed) => {
    const scores = startingScores(scoring, matrix);
    if (changed === undefined) trees?.addTrees(scores);
    else trees?.addTreesAgain(scores, changed);
    return linked(scoring, scores);
  };
}

function startingScores({ linear, baseScore }: Scoring, matrix: Matrix): Float64Array {
  return linear ? linearMargins(linear, matrix) : new Float64Array(matrix.rows).fill(baseScore);
}

function linked({ link, trees }: Scoring, scores: Float64Array): Float64Array {
  for (let row = 0; row < scores.length; row++) {
    scores[row] = link === "share" ? scores[row]! / trees.length : 1 / (1 + Math.exp(-scores[row]!));
  }
  return scores;
}
