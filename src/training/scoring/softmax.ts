/** exp(score) of each class as a share of the sum over a row's classes, in place. @param scores rows x classes */
export function softmaxRows(scores: Float64Array, classes: number): Float64Array {
  for (let at = 0; at < scores.length; at += classes) {
    let most = scores[at]!;
    for (let k = 1; k < classes; k++) most = Math.max(most, scores[at + k]!);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += scores[at + k] = Math.exp(scores[at + k]! - most);
    for (let k = 0; k < classes; k++) scores[at + k]! /= sum;
  }
  return scores;
}
