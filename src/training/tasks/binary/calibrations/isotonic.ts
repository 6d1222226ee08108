import type { CalibrationRecord, Judged } from "./calibration.js";

/** Corners of a rising line from probabilities to probabilities, two or more; level before the first and after the last. */
export interface IsotonicSettings {
  /** Strictly rising. */
  from: number[];
  /** Never falling. */
  to: number[];
}

/** Of a probability: corners nearer to each other are one, or the line would be so steep that a float32's last digit counts. */
const LEAST_WIDTH = 1e-3;

/** Of rows that weigh, what they weigh. */
interface Block {
  rows: number;
  positives: number;
  /** Sum of the probabilities. */
  given: number;
}

/**
 * Isotonic regression by pooling neighbours that violate the order (Ayer et al. 1955), and a line through the blocks' centres
 * (Oron and Flournoy 2017) in place of steps: between the outermost centres it keeps the order of the rows.
 */
export const isotonic: CalibrationRecord<IsotonicSettings> = {
  fit(judged) {
    const blocks = withBothLabels(widened(pooled(judged)));
    const from = blocks.map(({ given, rows }) => Math.fround(given / rows));
    const to = blocks.map(({ positives, rows }) => Math.fround(positives / rows));
    return blocks.length > 1 ? { from, to } : { from: [0, 1], to: [to[0]!, to[0]!] };
  },
  map({ from, to }) {
    const { scales, rises } = segmentsOf({ from, to });
    const starts = rises.map((_, k) => rises.slice(0, k).reduce((sum, rise) => sum + rise, to[0]!));
    return (probability) => {
      // The last corner at or before it; before the first one its segment adds nothing.
      let [low, high] = [0, rises.length];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (from[middle]! <= probability) low = middle;
        else high = middle;
      }
      const share = Math.min(1, Math.max(0, (probability - from[low]!) * scales[low]!));
      return Math.min(1, starts[low]! + share * rises[low]!);
    };
  },
  /** to[0] + the sum over the segments of their rise, times how far the probability is through them, 0 to 1. */
  graph({ from, to }, { probability, output }) {
    const { scales, rises } = segmentsOf({ from, to });
    const count = rises.length;
    const name = (part: string) => `/calibration/${part}`;
    return {
      nodes: [
        { op: "Sub", inputs: [probability, name("from")], outputs: [name("beyond")] },
        { op: "Mul", inputs: [name("beyond"), name("scale")], outputs: [name("through")] },
        { op: "Max", inputs: [name("through"), name("zero")], outputs: [name("raised")] },
        { op: "Min", inputs: [name("raised"), name("one")], outputs: [name("share")] },
        { op: "Gemm", inputs: [name("share"), name("rise"), name("start")], outputs: [output] },
      ],
      initializers: [
        { name: name("from"), dims: [1, count], floats: from.slice(0, -1) },
        { name: name("scale"), dims: [1, count], floats: scales },
        { name: name("zero"), dims: [1], floats: [0] },
        { name: name("one"), dims: [1], floats: [1] },
        { name: name("rise"), dims: [count, 1], floats: rises },
        { name: name("start"), dims: [1], floats: [to[0]!] },
      ],
    };
  },
};

function segmentsOf({ from, to }: IsotonicSettings): { scales: number[]; rises: number[] } {
  const ends = from.slice(1);
  return {
    scales: ends.map((end, k) => Math.fround(1 / (end - from[k]!))),
    rises: ends.map((_, k) => Math.fround(to[k + 1]! - to[k]!)),
  };
}

/** Blocks of rising shares of label 1: isotonic regression, weighted by rows. Rows of one probability are in one block. */
export function pooled({ labels, probabilities, weights = null }: Judged): Block[] {
  const order = Uint32Array.from(probabilities.keys()).sort(
    (a, b) => probabilities[a]! - probabilities[b]! || a - b,
  );
  const blocks: Block[] = [];
  for (let k = 0; k < order.length; ) {
    const probability = probabilities[order[k]!]!;
    let block: Block = { rows: 0, positives: 0, given: 0 };
    for (; k < order.length && probabilities[order[k]!] === probability; k++) {
      const weight = weights ? weights[order[k]!]! : 1;
      block.rows += weight;
      block.positives += weight * labels[order[k]!]!;
      block.given += weight * probability;
    }
    for (let last = blocks.at(-1); last && violates(last, block); last = blocks.at(-1)) {
      blocks.pop();
      block = together(last, block);
    }
    blocks.push(block);
  }
  return blocks;
}

/** Of rows that count the same in whole numbers: exact. */
const violates = (before: Block, after: Block): boolean =>
  before.positives * after.rows >= after.positives * before.rows;

const together = (first: Block, second: Block): Block => ({
  rows: first.rows + second.rows,
  positives: first.positives + second.positives,
  given: first.given + second.given,
});

/** Neighbours whose centres are nearer than `LEAST_WIDTH` of the probability are one block. */
function widened(blocks: readonly Block[]): Block[] {
  const wide: Block[] = [];
  for (let block of blocks) {
    for (let last = wide.at(-1); last && areNear(last, block); last = wide.at(-1)) {
      wide.pop();
      block = together(last, block);
    }
    wide.push(block);
  }
  return wide;
}

const areNear = (before: Block, after: Block): boolean =>
  centreOf(after) - centreOf(before) < LEAST_WIDTH * centreOf(after);

const centreOf = ({ given, rows }: Block): number => given / rows;

/** The outermost blocks take in their neighbours until they have rows of both labels: nothing is answered for certain. */
function withBothLabels(blocks: readonly Block[]): Block[] {
  const both = [...blocks];
  while (both.length > 1 && both[0]!.positives === 0) both.splice(0, 2, together(both[0]!, both[1]!));
  const isCertain = ({ positives, rows }: Block) => positives === rows;
  while (both.length > 1 && isCertain(both.at(-1)!)) both.splice(-2, 2, together(both.at(-2)!, both.at(-1)!));
  return both;
}
