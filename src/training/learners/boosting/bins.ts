import type { Matrix } from "../../matrix.js";
import { sharedArray } from "../../threads/shared.js";
import type { Team } from "../../threads/team.js";
import type { BinnedMatrix, FeatureBins, PackedByte } from "./binned.js";
import { BinningTask, binningPart, MAX_BINS } from "./binning-part.js";

/**
 * `maxBins` (2..255) bounds the bins of a numeric feature; a category is a bin of its own. With `pack`, features of few
 * codes share a byte as long as their joint codes fit in it. Nothing is lost: a feature's own histogram is a sum over
 * the joint one, and a row costs one addition a byte, not one a feature.
 */
export function binMatrix(matrix: Matrix, maxBins: number, pack: boolean, team: Team): BinnedMatrix {
  const width = matrix.columns.length;
  const edges = sharedArray(Float32Array, width * MAX_BINS);
  const facts = sharedArray(Int32Array, 2 * width);
  const input = { matrix, maxBins, edges, facts };
  const looking = team.begin(binningPart, { ...input, plan: null });
  looking.run(BinningTask.look);
  looking.end();
  const { features, bytes, cells } = planBytes(matrix, edges, facts, pack);
  const codes = sharedArray(Uint8Array, matrix.rows * bytes.length);
  const encoding = team.begin(binningPart, { ...input, plan: { features, width: bytes.length, codes } });
  encoding.run(BinningTask.encode);
  encoding.end();
  return { rows: matrix.rows, features, bytes, codes, cells };
}

function planBytes(
  { columns }: Matrix,
  allEdges: Float32Array,
  facts: Int32Array,
  pack: boolean,
): Pick<BinnedMatrix, "features" | "bytes" | "cells"> {
  const features: FeatureBins[] = [];
  for (const [column, { name, vocabulary }] of columns.entries()) {
    const edges = vocabulary
      ? new Float32Array(0)
      : allEdges.slice(column * MAX_BINS, column * MAX_BINS + facts[2 * column]!);
    const bins = vocabulary ? vocabulary.length : edges.length + 1;
    const hasMissing = facts[2 * column + 1] === 1;
    const codes = bins + (hasMissing ? 1 : 0);
    if (codes < 2) continue;
    features.push({
      column,
      name,
      categorical: vocabulary !== undefined,
      edges,
      bins,
      hasMissing,
      codes,
      byte: 0,
      stride: 1,
    });
  }
  const bytes: PackedByte[] = [];
  const order = [...features.keys()];
  // Largest first (first-fit decreasing); of equal size in feature order.
  if (pack) order.sort((a, b) => features[b]!.codes - features[a]!.codes || a - b);
  for (const position of order) {
    const feature = features[position]!;
    let at = pack ? bytes.findIndex(({ codes }) => codes * feature.codes <= 256) : -1;
    if (at < 0) at = bytes.push({ features: [], codes: 1, offset: 0 }) - 1;
    const byte = bytes[at]!;
    feature.byte = at;
    feature.stride = byte.codes;
    byte.codes *= feature.codes;
    byte.features.push(position);
  }
  let cells = 0;
  for (const byte of bytes) {
    byte.offset = cells;
    cells += byte.codes;
  }
  return { features, bytes, cells };
}
