import { createHash, type Hash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Labels } from "./tasks/labels.js";
import type { TrainingData } from "./types.js";

const SLICE_BYTES = 1 << 22;
const KEYS_AT_ONCE = 10_000;

/**
 * SHA-256 of exactly what a learner is given, in the rows' order: features, keys, labels, numbers as 32-bit floats
 * (little-endian), categories by their codes and vocabulary, of several dates which is each row's, and weights where rows have some. Lets other work pass every few megabytes.
 */
export async function trainingDataSha256(data: TrainingData<Labels>): Promise<string> {
  const hash = createHash("sha256");
  const vocabularies = data.categorical.map(({ vocabulary }) => vocabulary);
  const { features, dates, classes, weights } = data;
  const described = { features, rows: data.keys.length, vocabularies, ...(dates && { dates: dates.names }) };
  hash.update(
    JSON.stringify({ ...described, ...(classes && { classes }), ...(weights && { weighted: true }) }),
  );
  for (let from = 0; from < data.keys.length; from += KEYS_AT_ONCE) {
    hash.update(`${data.keys.slice(from, from + KEYS_AT_ONCE).join("\0")}\0`);
    await nextTurn();
  }
  const codes = data.categorical.map(({ codes }) => codes);
  for (const part of [
    data.labels,
    data.numeric,
    ...codes,
    ...(dates ? [dates.of] : []),
    ...(weights ? [weights] : []),
  ]) {
    await update(hash, part);
  }
  return hash.digest("hex");
}

async function update(hash: Hash, { buffer, byteOffset, byteLength }: NodeJS.TypedArray): Promise<void> {
  for (let from = 0; from < byteLength; from += SLICE_BYTES) {
    hash.update(new Uint8Array(buffer, byteOffset + from, Math.min(SLICE_BYTES, byteLength - from)));
    await nextTurn();
  }
}
