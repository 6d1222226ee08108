import type { StepContext } from "./run-kind.js";

/** Progress with a rate: how much of a known total is done, what is being done, and how fast. */
export class Pace {
  readonly #startedAt = performance.now();
  #done = 0;

  constructor(
    private readonly step: StepContext,
    private readonly total: number,
    private readonly unit: string,
    private readonly digits = 0,
  ) {}

  /** `count` more are done; `doing` says of what. */
  advance(count: number, doing: string): void {
    this.#done += count;
    const seconds = Math.max(0.001, (performance.now() - this.#startedAt) / 1000);
    const { total, unit } = this;
    const shown = (value: number) => Number(value.toFixed(this.digits));
    const [done, ratePerSecond] = [shown(this.#done), shown(this.#done / seconds)];
    const of = total > 0 ? ` of ${shown(total)}` : "";
    const message = `${doing}: ${done}${of} ${unit}, ${ratePerSecond} ${unit}/s`;
    this.step.progress(total > 0 ? Math.min(1, this.#done / total) : 1, message, {
      done,
      total,
      unit,
      ratePerSecond,
    });
  }
}
