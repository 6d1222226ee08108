import { setImmediate as nextTurn } from "node:timers/promises";
import { ExplanationTooCostlyError } from "../errors/explanation-too-costly.js";
import { ModelNotLoadableError } from "../errors/model-not-servable.js";
import { inSpan } from "../observability/tracing.js";
import type { ModelVersion } from "../registry/model.js";
import { answerAt, type ScoreFailure, type Scores } from "./answers.js";
import type { Row } from "./encoder.js";
import { TooLong } from "./isolated/explanations.js";
import type { ModelExplanation } from "./isolated/messages.js";
import type { Runner } from "./runner.js";

interface Waiting {
  row: Row;
  resolve(answer: number[]): void;
  reject(error: unknown): void;
}

/** Rows scored in one run: in this process a run blocks the event loop for its whole duration (about 5 ms at this size). */
const BATCH = 1_024;

/** One version, loaded and warm. Single rows asked within one turn of the event loop share one run. */
export class ServedModel {
  #waiting: Waiting[] = [];

  constructor(
    readonly version: ModelVersion,
    private readonly runner: Runner,
  ) {}

  /**
   * The numbers of an answer; batched with the requests of the same turn of the event loop only.
   * @throws {ScoreFailure} the row has no answer
   */
  score(row: Row): Promise<number[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => void this.#flush());
    });
  }

  /** An answer or a failure per row, in order; lets other work pass between runs. */
  async scoreEach(rows: readonly Row[]): Promise<Scores> {
    if (rows.length <= BATCH) return this.#run(rows);
    const parts: Float32Array[] = [];
    const failures = new Map<number, ScoreFailure>();
    let width = 1;
    for (let from = 0; from < rows.length; from += BATCH) {
      if (from > 0) await nextTurn();
      const scores = await this.#run(rows.slice(from, from + BATCH));
      parts.push(scores.probabilities);
      width = scores.width;
      for (const [row, failure] of scores.failures) failures.set(from + row, failure);
    }
    const probabilities = new Float32Array(rows.length * width);
    for (const [part, own] of parts.entries()) probabilities.set(own, part * BATCH * width);
    return { probabilities, width, failures };
  }

  /**
   * One answer per row, in order, for callers that need all of them.
   * @throws {ModelNotLoadableError} a row has no answer
   */
  async scoreMany(rows: readonly Row[]): Promise<Float32Array> {
    const { probabilities, failures } = await this.scoreEach(rows);
    if (failures.size > 0) throw this.unanswered(failures, rows.length);
    return probabilities;
  }

  /** Some of so many rows have no answer. */
  unanswered(failures: Scores["failures"], rows: number): ModelNotLoadableError {
    const { model, version } = this.version;
    const [first] = failures.values();
    const problem = `${failures.size} of ${rows} rows have no answer, the first because ${first?.message}`;
    return new ModelNotLoadableError(model, version, problem, { cause: first });
  }

  /**
   * What each feature adds to the row's margin; null for a model that cannot be explained.
   * @throws {ExplanationTooCostlyError}
   */
  async explain(row: Row): Promise<ModelExplanation | null> {
    try {
      return await this.runner.explain(row);
    } catch (error) {
      if (!(error instanceof TooLong)) throw error;
      throw new ExplanationTooCostlyError(this.version.model, this.version.version);
    }
  }

  /** Whether it is to be ready at any time, as what is in Production is. */
  keepReady(ready: boolean): void {
    this.runner.keepReady(ready);
  }

  close(): void {
    this.runner.close();
  }

  #run(rows: readonly Row[]): Promise<Scores> {
    return inSpan(
      "onnx.run",
      () => ({
        "asof.model": this.version.model,
        "asof.version": this.version.version,
        "asof.rows": rows.length,
      }),
      () => this.runner.run(rows),
    );
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const scores = await this.scoreEach(waiting.map(({ row }) => row));
      for (const [index, { resolve, reject }] of waiting.entries()) {
        const failure = scores.failures.get(index);
        if (failure) reject(failure);
        else resolve(answerAt(scores, index));
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
