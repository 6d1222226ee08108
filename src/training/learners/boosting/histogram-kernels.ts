import {
  type Code,
  call,
  clear,
  f64,
  f64x2,
  forRange,
  get,
  i32,
  instantiate,
  type Kernel,
  type KernelFunction,
  set,
  v128,
  when,
} from "../../wasm/assembler.js";
import type { BinnedMatrix, FeatureBins } from "./binned.js";
import type { Directions } from "./monotone.js";
import { CELL_BYTES, type SplitKernels, State, splitKernels } from "./split-kernels.js";

export interface HistogramKernels extends SplitKernels {
  /** Considers every split of the leaf whose histogram is at that address. */
  find(histogram: number): void;
  /** histogram -= other, both at those addresses. */
  subtract(histogram: number, other: number): void;
}

const STATE_AT = 0;
/** One feature's own histogram, of a byte it shares. */
const OWN_AT = 128;
const HISTOGRAMS_AT = OWN_AT + 256 * CELL_BYTES;

/** Room for `slots` histograms of the table's cells and the search for a split in one of them. */
export interface HistogramMemory {
  functions: HistogramKernels;
  state: Float64Array;
  /** 2 x cells numbers per slot. */
  histograms: Float64Array;
  addressOf(slot: number): number;
}

export function histogramMemory(
  binned: BinnedMatrix,
  slots: number,
  l2: number,
  directions: Directions | null,
): HistogramMemory {
  const bytes = binned.cells * CELL_BYTES;
  const { memory, functions } = compile(binned, l2, directions, HISTOGRAMS_AT + slots * bytes);
  return {
    functions,
    state: new Float64Array(memory, STATE_AT, State.slots),
    histograms: new Float64Array(memory, HISTOGRAMS_AT, (slots * bytes) / 8),
    addressOf: (slot) => HISTOGRAMS_AT + slot * bytes,
  };
}

function compile(
  binned: BinnedMatrix,
  l2: number,
  directions: Directions | null,
  bytes: number,
): Kernel<HistogramKernels> {
  const search = splitKernels(l2, STATE_AT, directions !== null);
  // In the order of their indices.
  const kernels = {
    thresholds: search.thresholds,
    categories: search.categories,
    sumOver: sumOverKernel(),
    subtract: subtractKernel(binned.cells),
    find: { parameters: [], locals: [], body: [] } as KernelFunction,
  };
  const indexOf = (name: keyof typeof kernels) => Object.keys(kernels).indexOf(name);
  kernels.find = findKernel(binned, directions, indexOf);
  return instantiate<HistogramKernels & { sumOver: unknown }>(kernels, bytes);
}

/** One call after the other, the features' places in a histogram constants in the instructions. */
function findKernel(
  { features, bytes }: BinnedMatrix,
  directions: Directions | null,
  indexOf: (name: "thresholds" | "categories" | "sumOver") => number,
): KernelFunction {
  const histogram = 0;
  const body = features.flatMap((feature, position) => {
    const byte = bytes[feature.byte]!;
    const joint = i32.add(get(histogram), i32.const(byte.offset * CELL_BYTES));
    const isAlone = byte.features.length === 1;
    const bound = directions
      ? bindTo(directions.get(feature.column) ?? 0, feature, isAlone ? joint : i32.const(OWN_AT))
      : [];
    if (isAlone) return [...bound, ...searched(feature, position, joint, indexOf)];
    const sizes = [feature.codes, feature.stride, byte.codes].map((cells) => i32.const(cells * CELL_BYTES));
    return [
      ...bound,
      ...call(indexOf("sumOver"), joint, ...sizes),
      ...searched(feature, position, i32.const(OWN_AT), indexOf),
    ];
  });
  return { parameters: ["i32"], locals: [], body };
}

/** Which way the search of that feature, whose own histogram starts at `first`, is to go. */
function bindTo(direction: number, { categorical, bins, hasMissing }: FeatureBins, first: Code): Code {
  const isOrdered = !categorical && hasMissing;
  const last = f64.convertU(i32.add(first, i32.const((bins - 1) * CELL_BYTES)));
  return [
    ...f64.store(i32.const(0), f64.const(direction), STATE_AT + 8 * State.direction),
    ...f64.store(i32.const(0), isOrdered ? last : f64.const(0), STATE_AT + 8 * State.lastPresent),
  ];
}

/** The search among the splits of one feature, whose own histogram starts at `first`. */
function searched(
  { categorical, bins, hasMissing }: FeatureBins,
  position: number,
  first: Code,
  indexOf: (name: "thresholds" | "categories") => number,
): Code {
  const cell = (index: number) => i32.add(first, i32.const(index * CELL_BYTES));
  const [none, feature] = [i32.const(0), i32.const(position)];
  if (categorical) return call(indexOf("categories"), first, cell(bins), none, feature);
  // "All present" against "missing" is a split; without missing values in this leaf, the other direction has no new one.
  const right = call(indexOf("thresholds"), first, cell(hasMissing ? bins : bins - 1), none, feature);
  if (!hasMissing) return right;
  const isMissing = i32.eqz(f64.eq(f64.load(cell(bins), 8), f64.const(0)));
  const left = call(indexOf("thresholds"), first, cell(bins - 1), cell(bins), feature);
  return [...right, ...when(isMissing, left)];
}

/** (joint, codes, stride, size): one feature's histogram from the joint one of its byte; all sizes in bytes. */
function sumOverKernel(): KernelFunction {
  const [joint, codes, stride, size, own, ownEnd, stop, sum] = [0, 1, 2, 3, 4, 5, 6, 7];
  const end = 3;
  const runOfOne = [
    ...set(sum, v128.load(get(own))),
    ...set(stop, i32.add(get(joint), get(stride))),
    ...forRange(joint, stop, CELL_BYTES, set(sum, f64x2.add(get(sum), v128.load(get(joint))))),
    ...v128.store(get(own), get(sum)),
  ];
  const round = [...set(own, i32.const(OWN_AT)), ...forRange(own, ownEnd, CELL_BYTES, runOfOne)];
  return {
    parameters: ["i32", "i32", "i32", "i32"],
    locals: ["i32", "i32", "i32", "v128"],
    body: [
      ...clear(i32.const(OWN_AT), get(codes)),
      ...set(ownEnd, i32.add(i32.const(OWN_AT), get(codes))),
      ...set(end, i32.add(get(joint), get(size))),
      // The rounds move on by themselves.
      ...forRange(joint, end, 0, round),
    ],
  };
}

function subtractKernel(cells: number): KernelFunction {
  const [histogram, other, end] = [0, 1, 2];
  const rest = f64x2.sub(v128.load(get(histogram)), v128.load(get(other)));
  const body = [
    ...v128.store(get(histogram), rest),
    ...set(other, i32.add(get(other), i32.const(CELL_BYTES))),
  ];
  return {
    parameters: ["i32", "i32"],
    locals: ["i32"],
    body: [
      ...set(end, i32.add(get(histogram), i32.const(cells * CELL_BYTES))),
      ...forRange(histogram, end, CELL_BYTES, body),
    ],
  };
}
