import {
  type Code,
  f32,
  forRange,
  get,
  i32,
  instantiate,
  type KernelFunction,
  set,
} from "../../wasm/assembler.js";

export interface EncodeKernels {
  /**
   * Adds, for the rows whose values of one column are at from..to, the code times `stride` to the byte of theirs that is at
   * `code` for the first. A code is the number of edges below the value, `missing` for NaN.
   */
  encode(from: number, to: number, code: number, missing: number, stride: number): void;
}

/** Rows at once: their values and codes stay in the processor's cache from feature to feature. */
export const ROWS_AT_ONCE = 1024;
const EDGES_AT = 0;
const EDGES = 256;

export interface Encoder {
  functions: EncodeKernels;
  /** Of one column: ascending, then +Infinity up to the end. */
  edges: Float32Array;
  /** ROWS_AT_ONCE rows of the matrix, row-major. */
  values: Float32Array;
  valuesAt: number;
  /** Their codes. */
  codes: Uint8Array;
  codesAt: number;
}

/** @param columns of the matrix. @param bytes of codes a row. */
export function compileEncoder(columns: number, bytes: number): Encoder {
  const valuesAt = EDGES_AT + 4 * EDGES;
  const codesAt = valuesAt + 4 * ROWS_AT_ONCE * columns;
  const { memory, functions } = instantiate<EncodeKernels>(
    { encode: encodeKernel(columns, bytes) },
    codesAt + ROWS_AT_ONCE * bytes,
  );
  return {
    functions,
    edges: new Float32Array(memory, EDGES_AT, EDGES),
    values: new Float32Array(memory, valuesAt, ROWS_AT_ONCE * columns),
    valuesAt,
    codes: new Uint8Array(memory, codesAt, ROWS_AT_ONCE * bytes),
    codesAt,
  };
}

/** Binary search without a branch: each of eight steps goes on by its width or not. */
function encodeKernel(columns: number, bytes: number): KernelFunction {
  const [at, to, byte, missing, stride, value, code] = [0, 1, 2, 3, 4, 5, 6];
  const isBelow = (width: number): Code =>
    f32.lt(f32.load(i32.shl(get(code), i32.const(2)), EDGES_AT + 4 * (width - 1)), get(value));
  const search = [7, 6, 5, 4, 3, 2, 1, 0].flatMap((power) =>
    set(code, i32.add(get(code), i32.shl(isBelow(2 ** power), i32.const(power)))),
  );
  const isNumber = f32.eq(get(value), get(value));
  const chosen = i32.select(get(code), get(missing), isNumber);
  const body = [
    ...set(value, f32.load(get(at))),
    ...set(code, i32.const(0)),
    ...search,
    ...i32.store8(get(byte), i32.add(i32.load8U(get(byte)), i32.mul(chosen, get(stride)))),
    ...set(byte, i32.add(get(byte), i32.const(bytes))),
  ];
  return {
    parameters: ["i32", "i32", "i32", "i32", "i32"],
    locals: ["f32", "i32"],
    body: forRange(at, to, 4 * columns, body),
  };
}
