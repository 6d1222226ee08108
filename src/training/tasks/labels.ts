/** One number a row: a class, or what is to be predicted. */
export type Labels = Uint8Array | Float64Array;

export interface LabelArray<L> {
  new (buffer: SharedArrayBuffer): L;
  from(labels: ArrayLike<number>): L;
  readonly BYTES_PER_ELEMENT: number;
}
