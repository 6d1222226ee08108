import { type Code, f64, f64x2, forRange, get, i32, set, v128 } from "../../wasm/assembler.js";

/** Locals of the loops over a design row: two addresses and an end, and two pairs of numbers. */
export interface PairLocals {
  at: number;
  other: number;
  end: number;
  pair: number;
  factor: number;
}

/** Pairs of numbers that one round of a loop takes: enough to keep the adders busy. */
const PAIRS_TOGETHER = 8;

/** Runs `body` for runs of pairs of the design row at the local `at`, and of those at `other`; unrolled. */
function eachRun(
  row: Code,
  other: Code,
  stride: number,
  locals: PairLocals,
  body: (pairs: number[]) => Code,
): Code {
  const pairs = stride / 2;
  const rest = pairs % PAIRS_TOGETHER;
  const run = (count: number) => body(Array.from({ length: count }, (_, k) => 16 * k));
  const bytes = 16 * PAIRS_TOGETHER;
  return [
    ...set(locals.at, row),
    ...set(locals.other, other),
    ...set(locals.end, i32.add(get(locals.at), i32.const(16 * (pairs - rest)))),
    ...forRange(locals.at, locals.end, bytes, [
      ...run(PAIRS_TOGETHER),
      ...set(locals.other, i32.add(get(locals.other), i32.const(bytes))),
    ]),
    ...run(rest),
  ];
}

/** Sets the float64 local `to` to the product of the design row and the numbers at `weights`. */
export function dotWith(to: number, row: Code, weights: Code, stride: number, locals: PairLocals): Code {
  const { at, other, pair } = locals;
  const product = (offset: number) => f64x2.mul(v128.load(get(at), offset), v128.load(get(other), offset));
  /** As a balanced tree: no addition waits for more than two others. */
  const sum = (offsets: number[]): Code => {
    if (offsets.length === 1) return product(offsets[0]!);
    const middle = offsets.length >> 1;
    return f64x2.add(sum(offsets.slice(0, middle)), sum(offsets.slice(middle)));
  };
  return [
    ...set(pair, f64x2.splat(f64.const(0))),
    ...eachRun(row, weights, stride, locals, (offsets) =>
      offsets.length === 0 ? [] : set(pair, f64x2.add(get(pair), sum(offsets))),
    ),
    ...set(to, f64x2.sum(pair)),
  ];
}

/** Adds the design row `times` the float64 to the numbers at `sums`. */
export function addTimes(times: Code, row: Code, sums: Code, stride: number, locals: PairLocals): Code {
  const { at, other, factor } = locals;
  const add = (offset: number) => {
    const grown = f64x2.mul(get(factor), v128.load(get(at), offset));
    return v128.store(get(other), f64x2.add(v128.load(get(other), offset), grown), offset);
  };
  return [
    ...set(factor, f64x2.splat(times)),
    ...eachRun(row, sums, stride, locals, (offsets) => offsets.flatMap(add)),
  ];
}
