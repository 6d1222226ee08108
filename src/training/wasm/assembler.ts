/**
 * Just enough of the WebAssembly binary format (W3C core specification 2.0, chapter 5) to write the learners' inner loops for
 * the width of the table at hand. Kernels are WebAssembly because a 128-bit add moves gradient and hessian together and no
 * access is bounds-checked. All arithmetic is IEEE 754
 * without fused multiply-adds, so that every machine computes the same bits.
 */

// @types/node knows no WebAssembly and the DOM's types are not the server's.
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number });
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, Memory>>);
    readonly exports: Record<string, unknown>;
  }
}

/** Encoded instructions that leave at most one value on the stack. */
export type Code = readonly number[];
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

export interface KernelFunction {
  parameters: ValueType[];
  /** Numbered on from the parameters. */
  locals: ValueType[];
  result?: ValueType;
  body: Code;
}

const TYPE: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const PAGE_BYTES = 65_536;
/** One less than 4 GiB, so that the address past the last byte is one too. */
const MAX_PAGES = 65_535;

const one =
  (...opcode: number[]) =>
  (a: Code): Code => [...a, ...opcode];
const two =
  (...opcode: number[]) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];
const load =
  (align: number, ...opcode: number[]) =>
  (address: Code, offset = 0): Code => [...address, ...opcode, align, ...unsigned(offset)];
const store =
  (align: number, ...opcode: number[]) =>
  (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...opcode,
    align,
    ...unsigned(offset),
  ];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(BigInt(value))],
  add: two(0x6a),
  sub: two(0x6b),
  mul: two(0x6c),
  shl: two(0x74),
  ltU: two(0x49),
  eqz: one(0x45),
  and: two(0x71),
  or: two(0x72),
  shrU: two(0x76),
  /** Of a float32 that is a whole number from 0 on. */
  truncate: one(0xa9),
  /** Of a float64 likewise. */
  truncateDouble: one(0xab),
  load: load(2, 0x28),
  /** `a` if the condition is not 0, else `b`. */
  select: (a: Code, b: Code, condition: Code): Code => [...a, ...b, ...condition, 0x1b],
  load8U: load(0, 0x2d),
  store8: store(0, 0x3a),
  store: store(2, 0x36),
};
export const f32 = {
  load: load(2, 0x2a),
  store: store(2, 0x38),
  eq: two(0x5b),
  ne: two(0x5c),
  lt: two(0x5d),
  le: two(0x5f),
};
export const i64 = {
  const: (value: bigint): Code => [0x42, ...signed(value)],
  add: two(0x7c),
  shl: two(0x86),
  load: load(3, 0x29),
  store: store(3, 0x37),
  truncate: one(0xb0),
  extendU: one(0xad),
};
export const f64 = {
  const: (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)],
  add: two(0xa0),
  sub: two(0xa1),
  mul: two(0xa2),
  div: two(0xa3),
  min: two(0xa4),
  max: two(0xa5),
  nearest: one(0x9e),
  /** `a` if the condition is not 0, else `b`. */
  select: (a: Code, b: Code, condition: Code): Code => [...a, ...b, ...condition, 0x1b],
  eq: two(0x61),
  lt: two(0x63),
  le: two(0x65),
  promote: one(0xbb),
  convertU: one(0xb8),
  reinterpret: one(0xbf),
  load: load(3, 0x2b),
  store: store(3, 0x39),
  /** Stores the value rounded to float32. */
  storeSingle: (address: Code, value: Code, offset = 0): Code =>
    store(2, 0x38)(address, [...value, 0xb6], offset),
};
export const v128 = {
  load: load(4, 0xfd, 0x00),
  store: store(4, 0xfd, 0x0b),
};
export const f64x2 = {
  /** Two float32 at the address, widened. */
  loadSingles: (address: Code, offset = 0): Code => [...load(3, 0xfd, 0x5d)(address, offset), 0xfd, 0x5f],
  splat: one(0xfd, 0x14),
  /** The sum of both numbers of a local. */
  sum: (local: number): Code => f64.add([...get(local), 0xfd, 0x21, 0], [...get(local), 0xfd, 0x21, 1]),
  add: two(0xfd, 0xf0, 0x01),
  sub: two(0xfd, 0xf1, 0x01),
  mul: two(0xfd, 0xf2, 0x01),
};

/** `body`, unless left by `leaveIf` at depth 0. */
export const block = (body: Code): Code => [0x02, 0x40, ...body, 0x0b];
/** Goes on after the block or loop that is `depth` blocks and loops further out than the innermost. */
export const leaveIf = (depth: number, condition: Code): Code => [...condition, 0x0d, depth];
export const when = (condition: Code, body: Code): Code =>
  block([...leaveIf(0, i32.eqz(condition)), ...body]);
/** `body` again and again, until left by `leaveIf` at depth 1 (from its outermost level). */
export const forever = (body: Code): Code => [0x02, 0x40, 0x03, 0x40, ...body, 0x0c, 0, 0x0b, 0x0b];
/** Runs the kernel of that index in its module. */
export const call = (index: number, ...parameters: Code[]): Code => [
  ...parameters.flat(),
  0x10,
  ...unsigned(index),
];
/** Sets `bytes` bytes from `address` on to 0. */
export const clear = (address: Code, bytes: Code): Code => [
  ...address,
  ...i32.const(0),
  ...bytes,
  0xfc,
  0x0b,
  0,
];

/** `body` for local `at` = its value now, + step, ... while below local `end` (unsigned). */
export function forRange(at: number, end: number, step: number, body: Code): Code {
  const inside = i32.ltU(get(at), get(end));
  // block { if not inside break; loop { body; advance; if inside continue } }
  const loop = [0x03, 0x40, ...body, ...set(at, i32.add(get(at), i32.const(step))), ...inside, 0x0d, 0, 0x0b];
  return [0x02, 0x40, ...inside, 0x45, 0x0d, 0, ...loop, 0x0b];
}

export interface Kernel<Functions> {
  memory: ArrayBuffer;
  functions: Functions;
}

/** Compiles the functions over a memory of at least `bytes` of their own. @throws RangeError above 4 GiB. */
export function instantiate<Functions>(
  kernels: Record<keyof Functions & string, KernelFunction>,
  bytes: number,
): Kernel<Functions> {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  if (pages > MAX_PAGES) {
    throw new RangeError(
      `a thread's rows take ${bytes} bytes, more than the 4 GiB it can address; use more threads`,
    );
  }
  const memory = new WebAssembly.Memory({ initial: pages });
  const module = new WebAssembly.Module(assemble(kernels));
  const instance = new WebAssembly.Instance(module, { host: { memory } });
  return { memory: memory.buffer, functions: instance.exports as Functions };
}

function assemble(kernels: Record<string, KernelFunction>): Uint8Array {
  const functions = Object.entries(kernels);
  const types = functions.map(([, { parameters, result }]) => [
    0x60,
    ...vector(parameters.map((type) => [TYPE[type]])),
    ...vector(result ? [[TYPE[result]]] : []),
  ]);
  const bodies = functions.map(([, { locals, body }]) => {
    const content = [...vector(locals.map((type) => [1, TYPE[type]])), ...body, 0x0b];
    return [...unsigned(content.length), ...content];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, [[...name("host"), ...name("memory"), 0x02, 0x00, 1]]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      functions.map(([exported], index) => [...name(exported), 0x00, ...unsigned(index)]),
    ),
    ...section(10, bodies),
  ]);
}

function section(id: number, items: Code[]): Code {
  const content = vector(items);
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): Code {
  const bytes = new TextEncoder().encode(text);
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

function signed(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = (rest === 0n && low < 64) || (rest === -1n && low >= 64);
    bytes.push(done ? low : low + 128);
    if (done) return bytes;
  }
}
