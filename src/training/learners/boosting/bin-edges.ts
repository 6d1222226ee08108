/**
 * Edges half-way between neighbouring distinct values, or, above `maxBins` distinct values, at equal shares of the rows.
 * Edges are float32 and lie in [x, y) for neighbours x < y: "value <= edge" is the same in ONNX's float32.
 * @param values are sorted in place; no NaN.
 */
export function edgesOf(values: Float32Array, maxBins: number): Float32Array {
  const sorted = values.sort();
  const bySharesOfRows = hasMoreRunsThan(sorted, maxBins);
  const edges = new Float32Array(maxBins - 1);
  let count = 0;
  for (let from = 0; count < edges.length; count++) {
    const share = bySharesOfRows ? Math.ceil((sorted.length - from) / (maxBins - count)) : 1;
    const to = endOfRun(sorted, from + share - 1);
    if (to >= sorted.length) break;
    edges[count] = between(sorted[to - 1]!, sorted[to]!);
    from = to;
  }
  return edges.slice(0, count);
}

function hasMoreRunsThan(sorted: Float32Array, most: number): boolean {
  let runs = 0;
  for (let from = 0; from < sorted.length && runs <= most; runs++) from = endOfRun(sorted, from);
  return runs > most;
}

/** The first index after `at` with another value: by steps that double, then halves. */
function endOfRun(sorted: Float32Array, at: number): number {
  const value = sorted[at];
  let same = at;
  let step = 1;
  while (same + step < sorted.length && sorted[same + step] === value) {
    same += step;
    step *= 2;
  }
  let other = Math.min(same + step, sorted.length);
  while (other - same > 1) {
    const middle = (same + other) >> 1;
    if (sorted[middle] === value) same = middle;
    else other = middle;
  }
  return other;
}

function between(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2);
  return middle < high ? middle : low;
}
