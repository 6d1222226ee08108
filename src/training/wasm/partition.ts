import { forRange, get, i32, type KernelFunction, set, v128 } from "./assembler.js";

/**
 * (from, to, byte, goesLeft) => where the right side starts: brings those of the records from..to to the front for which
 * goesLeft[record[at + byte]] is 1. Lomuto's partition without a branch: every record is swapped with the first of
 * the right side, which moves on or not. Not stable: nothing summed over rows here depends on their order.
 */
export function partitionKernel(recordBytes: number, codesAt: number): KernelFunction {
  const [at, to, byte, goesLeft, left, one, other, step] = [0, 1, 2, 3, 4, 5, 6, 7];
  const goes = i32.load8U(i32.add(get(goesLeft), i32.load8U(i32.add(get(at), get(byte)), codesAt)));
  const swaps: number[] = [];
  for (let offset = 0; offset < recordBytes; offset += 16) {
    swaps.push(
      ...set(one, v128.load(get(at), offset)),
      ...set(other, v128.load(get(left), offset)),
      ...v128.store(get(at), get(other), offset),
      ...v128.store(get(left), get(one), offset),
    );
  }
  // `goes` is read before the record moves away.
  const body = [
    ...set(step, i32.mul(goes, i32.const(recordBytes))),
    ...swaps,
    ...set(left, i32.add(get(left), get(step))),
  ];
  return {
    parameters: ["i32", "i32", "i32", "i32"],
    locals: ["i32", "v128", "v128", "i32"],
    result: "i32",
    body: [...set(left, get(at)), ...forRange(at, to, recordBytes, body), ...get(left)],
  };
}
