import { BadUserInputError } from "../errors/errors.js";
import { UnusableModelError } from "../errors/unusable-model.js";

/** What the model gave where it was trained. */
export interface ExpectedAnswer {
  key: string;
  probability: number;
}

/** Holds what asof gets against what was got elsewhere: a converter that changes scores is noticed. */
export class ExpectedAnswers {
  readonly #left: Map<string, number[]>;
  #compared = 0;
  #beyond = 0;
  #worst: { key: string; wanted: number; got: number } | null = null;

  constructor(
    expected: readonly ExpectedAnswer[],
    private readonly tolerance: number,
  ) {
    this.#left = new Map();
    for (const { key, probability } of expected) {
      const there = this.#left.get(key);
      if (there) there.push(probability);
      else this.#left.set(key, [probability]);
    }
  }

  /** Whether an answer of this key is still to come. */
  asks(key: string): boolean {
    return this.#left.has(key);
  }

  got(key: string, probability: number): void {
    for (const wanted of this.#left.get(key) ?? []) {
      this.#compared++;
      const distance = Math.abs(wanted - probability);
      if (distance > this.tolerance) this.#beyond++;
      if (this.#worst && distance <= Math.abs(this.#worst.wanted - this.#worst.got)) continue;
      this.#worst = { key, wanted, got: probability };
    }
    this.#left.delete(key);
  }

  get someAreLeft(): boolean {
    return this.#left.size > 0;
  }

  /** Nothing is expected of these any more: their rows went while they were read. */
  leaveOut(isGone: (key: string) => boolean): void {
    for (const key of this.#left.keys()) if (isGone(key)) this.#left.delete(key);
  }

  /** After all rows. @throws {BadUserInputError} a user who is not among them @throws {UnusableModelError} another answer */
  require(): void {
    const [unknown] = this.#left.keys();
    if (unknown !== undefined) {
      throw new BadUserInputError(
        `expected: ${this.#left.size} of the keys are not among the snapshot's labelled rows, such as ${JSON.stringify(unknown)}; ` +
          "name those of asOf that have a label",
        { key: unknown },
      );
    }
    if (this.#beyond === 0 || !this.#worst) return;
    const { key, wanted, got } = this.#worst;
    throw new UnusableModelError(
      `${this.#beyond} of ${this.#compared} expected probabilities differ by more than ${this.tolerance}, ` +
        `the most for ${JSON.stringify(key)}: ${wanted} was expected, it gives ${got} here; ` +
        "compare the converted file with the model where it was trained, or raise expectedTolerance",
      { key, expected: wanted, got },
    );
  }
}
