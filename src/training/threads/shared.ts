interface SharedArrayType<T> {
  new (buffer: SharedArrayBuffer): T;
  readonly BYTES_PER_ELEMENT: number;
}

/** An array of zeros that every thread it is sent to reads and writes. */
export function sharedArray<T>(type: SharedArrayType<T>, length: number): T {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));
}

/** The thread's own run of 0..count-1: [from, to). */
export function ownRange(
  count: number,
  { thread, threads }: { thread: number; threads: number },
): [number, number] {
  return [Math.floor((count * thread) / threads), Math.floor((count * (thread + 1)) / threads)];
}

/** 0..count-1. */
export function allRows(count: number): Uint32Array {
  const rows = sharedArray(Uint32Array, count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}
