/** Numbers that come bit by bit, in one array that doubles: of a million rows of a hundred classes no list of objects. */
export class ScoredRows {
  #values: Float64Array;
  #length = 0;

  constructor(room = 4_096) {
    this.#values = new Float64Array(room);
  }

  push(more: ArrayLike<number>): void {
    const needed = this.#length + more.length;
    if (needed > this.#values.length) {
      const grown = new Float64Array(Math.max(needed, 2 * this.#values.length));
      grown.set(this.#values.subarray(0, this.#length));
      this.#values = grown;
    }
    this.#values.set(more, this.#length);
    this.#length = needed;
  }

  /** A view of them, to be read before more are added. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}
