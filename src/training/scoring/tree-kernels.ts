import { NodeMode, type Tree } from "../learners/boosting/tree.js";
import {
  type Code,
  f32,
  f64,
  forever,
  forRange,
  get,
  i32,
  type KernelFunction,
  leaveIf,
  set,
  when,
} from "../wasm/assembler.js";

/**
 * A node in the kernels' memory: least value that goes left (float32) | greatest (float32; of a leaf: what it adds) | 8 x
 * column + 1 if a missing value goes left | address of the right child, the left one after it; 0 = leaf.
 */
export const NODE_BYTES = 16;

/** What is remembered of a row and a tree: the leaf's value (float32), and a bit for each column on the way there (uint32). */
export const VISIT_BYTES = 8;

export interface WalkKernels {
  /** Adds the leaf's value of each of the rows at from..to (addresses) to the float64 at `sum` for the first. */
  walk(root: number, from: number, to: number, sum: number): void;
  /** The same, and remembers it at `visit` for the first. */
  walkAndRemember(root: number, from: number, to: number, sum: number, visit: number): void;
  /** The same sums, but only those rows are walked again that have one of `columns` (bits) on their way. */
  walkAgain(root: number, from: number, to: number, sum: number, visit: number, columns: number): void;
}

/** The bit of a column; beyond 32 columns some share one. */
export function columnBit(column: number): number {
  return 1 << (column % 32);
}

/** Bytes that the trees' nodes take. */
export function nodeBytes(trees: readonly Tree[]): number {
  return trees.reduce((sum, { mode }) => sum + mode.length * NODE_BYTES, 0);
}

/** Writes the trees' nodes from `address` on. @returns the roots' addresses. */
export function writeNodes(trees: readonly Tree[], memory: ArrayBuffer, address: number): Uint32Array {
  const numbers = new Float32Array(memory);
  const words = new Uint32Array(memory);
  let free = address;
  return Uint32Array.from(trees, (tree) => {
    const places = new Uint32Array(tree.mode.length);
    places[0] = free;
    free += NODE_BYTES;
    // Children stand after their parent, so a node's place is known before its turn.
    for (let node = 0; node < places.length; node++) {
      const at = places[node]! / 4;
      if (tree.mode[node] === NodeMode.leaf) {
        numbers[at + 1] = tree.value[node]!;
        continue;
      }
      const isCategory = tree.mode[node] === NodeMode.equals;
      numbers[at] = isCategory ? tree.threshold[node]! : Number.NEGATIVE_INFINITY;
      numbers[at + 1] = tree.threshold[node]!;
      words[at + 2] = 8 * tree.column[node]! + tree.missingLeft[node]!;
      words[at + 3] = free;
      places[tree.right[node]!] = free;
      places[tree.left[node]!] = free + NODE_BYTES;
      free += 2 * NODE_BYTES;
    }
    return places[0]!;
  });
}

/** @param columns of a row, float32 each. */
export function walkKernels(columns: number): Record<keyof WalkKernels, KernelFunction> {
  const rowBytes = 4 * columns;
  return {
    walk: walkKernel(rowBytes, false),
    walkAndRemember: walkKernel(rowBytes, true),
    walkAgain: walkAgainKernel(rowBytes),
  };
}

/** Locals of a walk, numbered on from `first`. */
function walkLocals(first: number) {
  const [node, child, info, passed, value] = [first, first + 1, first + 2, first + 3, first + 4];
  return { node, child, info, passed, value } as const;
}
const WALK_TYPES = ["i32", "i32", "i32", "i32", "f32"] as const;

/** From the root to the leaf of the row at `row`: `node` is the leaf then, `passed` the columns' bits. */
function walkCode(root: number, row: number, locals: ReturnType<typeof walkLocals>): Code {
  const { node, child, info, passed, value } = locals;
  const inRange = i32.and(
    f32.le(f32.load(get(node), 0), get(value)),
    f32.le(get(value), f32.load(get(node), 4)),
  );
  // Comparisons with NaN are false, but for "is not itself".
  const isMissingLeft = i32.and(f32.ne(get(value), get(value)), get(info));
  const left = i32.shl(i32.or(inRange, isMissingLeft), i32.const(4));
  return [
    ...set(node, get(root)),
    ...set(passed, i32.const(0)),
    ...forever([
      ...set(child, i32.load(get(node), 12)),
      ...leaveIf(1, i32.eqz(get(child))),
      ...set(info, i32.load(get(node), 8)),
      ...set(value, f32.load(i32.add(get(row), i32.shrU(get(info), i32.const(1))))),
      // Shifts count modulo 32.
      ...set(passed, i32.or(get(passed), i32.shl(i32.const(1), i32.shrU(get(info), i32.const(3))))),
      ...set(node, i32.add(get(child), left)),
    ]),
  ];
}

const addTo = (sum: number, value: Code): Code => [
  ...f64.store(get(sum), f64.add(f64.load(get(sum)), f64.promote(value))),
  ...set(sum, i32.add(get(sum), i32.const(8))),
];

function walkKernel(rowBytes: number, remember: boolean): KernelFunction {
  const [root, row, to, sum, visit] = [0, 1, 2, 3, 4];
  const locals = walkLocals(remember ? 5 : 4);
  const value = f32.load(get(locals.node), 4);
  const kept = [
    ...f32.store(get(visit), value, 0),
    ...i32.store(get(visit), get(locals.passed), 4),
    ...set(visit, i32.add(get(visit), i32.const(VISIT_BYTES))),
  ];
  const body = [...walkCode(root, row, locals), ...addTo(sum, value), ...(remember ? kept : [])];
  return {
    parameters: Array.from({ length: remember ? 5 : 4 }, () => "i32" as const),
    locals: [...WALK_TYPES],
    body: forRange(row, to, rowBytes, body),
  };
}

function walkAgainKernel(rowBytes: number): KernelFunction {
  const [root, row, to, sum, visit, columns] = [0, 1, 2, 3, 4, 5];
  const locals = walkLocals(6);
  const leaf = 11;
  const isElsewhere = i32.and(i32.load(get(visit), 4), get(columns));
  const body = [
    ...set(leaf, f32.load(get(visit), 0)),
    ...when(isElsewhere, [...walkCode(root, row, locals), ...set(leaf, f32.load(get(locals.node), 4))]),
    ...addTo(sum, get(leaf)),
    ...set(visit, i32.add(get(visit), i32.const(VISIT_BYTES))),
  ];
  return {
    parameters: Array.from({ length: 6 }, () => "i32" as const),
    locals: [...WALK_TYPES, "f32"],
    body: forRange(row, to, rowBytes, body),
  };
}
