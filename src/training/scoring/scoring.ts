import type { Tree } from "../learners/boosting/tree.js";
import { type LinearModel, linearMargins } from "../learners/logistic/design.js";
import type { Matrix } from "../matrix.js";
import { softmaxRows } from "./softmax.js";
import { addTrees, RepeatedTreeScorer } from "./tree-scorer.js";

/** How a fitted model scores a row: plain data, so that it can be sent to other threads. */
export interface Scoring {
  /** Where a row's score starts when there is no linear model. */
  baseScore: number;
  linear: LinearModel | null;
  trees: readonly Tree[];
  /** The answer from the score: 1 / (1 + exp(-score)), the score's share of the number of trees, the score, or exp(score). */
  link: "logistic" | "share" | "identity" | "exp";
}

/** How a model of several classes scores a row: by one score for each, and their softmax where they are no probabilities yet. */
export interface ClassesScoring {
  each: readonly Scoring[];
  softmax: boolean;
}

/** An answer for each row: the probability of label 1, the value, or each class' probability. */
export function answersOf(scoring: Scoring | ClassesScoring, matrix: Matrix): Float64Array {
  if ("each" in scoring) return byClass(scoring, (one) => answersOf(one, matrix));
  const scores = startingScores(scoring, matrix);
  if (scoring.trees.length > 0) addTrees(scoring.trees, matrix, scores);
  return linked(scoring, scores);
}

/**
 * A function that gives the answers for the matrix as it is when called; `changed` names the only column whose values are
 * others than at the last call without it, which must come first.
 */
export function repeatedScoring(
  scoring: Scoring | ClassesScoring,
  matrix: Matrix,
): (_: Matrix, changed?: number) => Float64Array {
  if ("each" in scoring) {
    const { length } = scoring.each;
    const scorers = new Map(scoring.each.map((one) => [one, repeatedOne(one, matrix, length)]));
    return (_, changed) => byClass(scoring, (one) => scorers.get(one)!(_, changed));
  }
  return repeatedOne(scoring, matrix, 1);
}

/** @param among so many scorers that share what they may remember */
function repeatedOne(
  scoring: Scoring,
  matrix: Matrix,
  among: number,
): (_: Matrix, changed?: number) => Float64Array {
  const trees = scoring.trees.length > 0 ? new RepeatedTreeScorer(scoring.trees, matrix, among) : null;
  return (_, changed) => {
    const scores = startingScores(scoring, matrix);
    if (changed === undefined) trees?.addTrees(scores);
    else trees?.addTreesAgain(scores, changed);
    return linked(scoring, scores);
  };
}

function byClass({ each, softmax }: ClassesScoring, answer: (one: Scoring) => Float64Array): Float64Array {
  const classes = each.length;
  let all = new Float64Array();
  for (const [k, one] of each.entries()) {
    const own = answer(one);
    if (k === 0) all = new Float64Array(own.length * classes);
    for (let row = 0; row < own.length; row++) all[row * classes + k] = own[row]!;
  }
  return softmax ? softmaxRows(all, classes) : all;
}

function startingScores({ linear, baseScore }: Scoring, matrix: Matrix): Float64Array {
  return linear ? linearMargins(linear, matrix) : new Float64Array(matrix.rows).fill(baseScore);
}

function linked({ link, trees }: Scoring, scores: Float64Array): Float64Array {
  if (link === "identity") return scores;
  const answer = LINKS[link];
  for (let row = 0; row < scores.length; row++) scores[row] = answer(scores[row]!, trees.length);
  return scores;
}

const LINKS: Record<Exclude<Scoring["link"], "identity">, (score: number, trees: number) => number> = {
  logistic: (score) => 1 / (1 + Math.exp(-score)),
  share: (score, trees) => score / trees,
  exp: Math.exp,
};
