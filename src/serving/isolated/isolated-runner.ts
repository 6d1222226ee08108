import type { ModelSignature } from "../../registry/model.js";
import { taskOf } from "../../training/tasks/registry.js";
import type { Task } from "../../training/tasks/task.js";
import {
  allFailed,
  answerAt,
  checkedScores,
  NO_FAILURES,
  ScoreFailure,
  type Scores,
  scoresOfPart,
} from "../answers.js";
import { emptyRow, feedsOf, inputPlan, type Row } from "../encoder.js";
import { outputOf } from "../model-output.js";
import type { Runner } from "../runner.js";
import { addsUp } from "./adds-up.js";
import { type BackgroundRows, Explanations, TooLong } from "./explanations.js";
import type { ModelLimits } from "./limits.js";
import type { ModelExplanation } from "./messages.js";
import { ModelProcess, ModelRefusedError, ProcessEndedError } from "./model-process.js";
import type { ProcessPlaces } from "./process-places.js";
import type { Suspicion } from "./suspicion.js";
import { tooManyWait, WaitingRows } from "./waiting-rows.js";

/** For asking the rows of one failed batch one by one. */
const APART_MS = 15_000;
/** Of a process that need not be ready. */
const REST_AFTER_MS = 60_000;

/**
 * Runs a model that was made elsewhere in a process of its own. Where the process ends, by the model's native code or by its
 * limits, the batch is asked again row by row: the row that ends it once more fails, the others are answered.
 */
export class IsolatedRunner implements Runner {
  readonly #plan: ReturnType<typeof inputPlan>;
  readonly #output: ReturnType<typeof outputOf>;
  readonly #task: Task;
  readonly #features: string[];
  #process: ModelProcess | null = null;
  readonly #waiting: WaitingRows;
  #turn: Promise<unknown> = Promise.resolve();
  #draining = false;
  /** Turns under way or waiting. */
  #turns = 0;
  #ready = false;
  #closed = false;
  #rest: NodeJS.Timeout | null = null;
  /** False once the file has said that asof's learners did not write it. */
  #explains = true;
  readonly #explanations: Explanations | null;

  constructor(
    signature: ModelSignature,
    private readonly onnx: Uint8Array,
    private readonly limits: ModelLimits,
    private readonly suspicion: Suspicion,
    private readonly places: ProcessPlaces,
    stored: BackgroundRows | null = null,
  ) {
    this.#plan = inputPlan(signature);
    this.#output = outputOf(signature);
    this.#waiting = new WaitingRows(this.#output.classes);
    this.#task = taskOf(signature);
    this.#features = signature.features.map(({ name }) => name);
    const ask = <T>(question: (process: ModelProcess) => Promise<T>) =>
      this.#inTurn(async () => question(await this.#started()));
    this.#explanations = stored && new Explanations({ ask }, this.#plan, this.#features, stored);
  }

  /**
   * Starts the process and runs a row without values once, as every start of asof does.
   * @throws {ProcessEndedError} it died of that row @throws {ScoreFailure} it cannot be loaded, or is not asked now
   */
  load(): Promise<void> {
    return this.#inTurn(async () => {
      const started = await this.#started();
      try {
        await started.run(feedsOf(this.#plan, [emptyRow(this.#plan)]), 1);
      } catch (error) {
        if (error instanceof ProcessEndedError) this.suspicion.died(error);
        throw error;
      }
    });
  }

  run(rows: readonly Row[]): Promise<Scores> {
    if (rows.length === 0)
      return Promise.resolve({
        probabilities: new Float32Array(0),
        width: this.#output.classes,
        failures: NO_FAILURES,
      });
    const scores = this.#waiting.add(rows);
    if (!scores) return Promise.resolve(allFailed(rows.length, this.#output.classes, tooManyWait()));
    if (!this.#draining) {
      this.#draining = true;
      void this.#inTurn(() => this.#drain());
    }
    return scores;
  }

  /** By what the file says of itself, where asof's learners wrote it; else by what the model answers of stored rows. */
  async explain(row: Row): Promise<ModelExplanation | null> {
    if (this.#known(row)) return null;
    const { probabilities, failures } = await this.#inTurn(() => this.#ask([row]));
    if (failures.size > 0) return null;
    const own = this.#explains ? await this.#ownExplanation(row) : null;
    if (own && addsUp(own, probabilities)) return own;
    try {
      const explanation = (await this.#explanations?.explain(row)) ?? null;
      return explanation && addsUp(explanation, probabilities) ? explanation : null;
    } catch (error) {
      if (error instanceof TooLong) throw error;
      if (error instanceof ProcessEndedError) this.suspicion.died(error);
      return null;
    }
  }

  #ownExplanation(row: Row): Promise<ModelExplanation | null> {
    return this.#inTurn(async () => {
      try {
        const explanation = await (await this.#started()).explain(row);
        this.#explains = explanation !== null;
        return explanation;
      } catch (error) {
        if (error instanceof ProcessEndedError) this.suspicion.died(error);
        return null;
      }
    });
  }

  /** Of its process, while it has one. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  keepReady(ready: boolean): void {
    this.#ready = ready;
    if (ready) this.places.leave(this);
    this.#restLater();
  }

  /** Ends an idle process. @returns false where it is at work */
  rest(): boolean {
    if (this.#turns > 0 || this.#ready) return false;
    this.#endProcess();
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#endProcess();
  }

  /** The process is asked one thing at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#turns++;
    const result = this.#turn.then(work).finally(() => {
      this.#turns--;
      this.#restLater();
    });
    this.#turn = result.catch(() => {});
    return result;
  }

  async #drain(): Promise<void> {
    while (!this.#waiting.isEmpty) {
      const batch = this.#waiting.take();
      const rows = batch.flatMap(({ rows }) => rows);
      const scores = await this.#ask(rows).catch((error: Error) =>
        allFailed(rows.length, this.#output.classes, new ScoreFailure("unavailable", error.message)),
      );
      let from = 0;
      for (const { rows, resolve } of batch) {
        resolve(scoresOfPart(scores, from, rows.length));
        from += rows.length;
      }
    }
    this.#draining = false;
  }

  async #ask(rows: readonly Row[]): Promise<Scores> {
    const width = this.#output.classes;
    const probabilities = new Float32Array(rows.length * width);
    const answers: Answers = { probabilities, width, failures: new Map() };
    const asked: number[] = [];
    for (const [place, row] of rows.entries()) {
      const known = this.#known(row);
      if (known) answers.failures.set(place, new ScoreFailure("model", known.message));
      else asked.push(place);
    }
    if (asked.length === 0) return answers;
    try {
      await this.#askTogether(rows, asked, answers);
    } catch (error) {
      if (!(error instanceof ProcessEndedError) || asked.length === 1) {
        for (const place of asked)
          answers.failures.set(place, this.#blamed(rows[place]!, error as Error, asked));
      } else await this.#askApart(rows, asked, answers);
    }
    return answers;
  }

  async #askApart(rows: readonly Row[], asked: readonly number[], answers: Answers): Promise<void> {
    const until = Date.now() + APART_MS;
    for (const place of asked) {
      try {
        if (Date.now() > until) throw tooManyWait();
        await this.#askTogether(rows, [place], answers);
      } catch (error) {
        answers.failures.set(place, this.#blamed(rows[place]!, error as Error, [place]));
      }
    }
  }

  /** @throws {ProcessEndedError} of these rows @throws {ScoreFailure} it could not be asked */
  async #askTogether(rows: readonly Row[], asked: readonly number[], answers: Answers): Promise<void> {
    const started = await this.#started();
    const part = asked.map((place) => rows[place]!);
    let scores: Scores;
    try {
      scores = checkedScores(
        this.#task,
        await started.run(feedsOf(this.#plan, part), part.length),
        part.length,
        this.#output.classes,
      );
    } catch (error) {
      if (error instanceof ProcessEndedError) this.suspicion.died(error);
      throw error;
    }
    for (const [index, place] of asked.entries()) {
      const failure = scores.failures.get(index);
      if (failure) answers.failures.set(place, failure);
      else answers.probabilities.set(answerAt(scores, index), place * answers.width);
    }
  }

  #blamed(row: Row, error: Error, asked: readonly number[]): ScoreFailure {
    if (error instanceof ScoreFailure) return error;
    if (!(error instanceof ProcessEndedError)) return new ScoreFailure("unavailable", error.message);
    if (asked.length === 1) this.suspicion.diedOf(this.#keyOf(row), error);
    return new ScoreFailure("model", error.message);
  }

  /** @throws {ScoreFailure} it is not asked now, or could not be loaded */
  async #started(): Promise<ModelProcess> {
    if (this.#process?.alive) return this.#process;
    const pauseMs = this.suspicion.pauseMs();
    if (pauseMs > 0 || this.#closed) throw paused(pauseMs, this.suspicion.problem() ?? "asof is stopping");
    if (!this.#ready && !this.places.take(this)) throw tooManyWait();
    this.places.opened(this);
    try {
      this.#process = await ModelProcess.start(this.onnx, this.#output, this.limits);
    } catch (error) {
      if (error instanceof ProcessEndedError) this.suspicion.died(error);
      if (error instanceof ModelRefusedError || error instanceof ProcessEndedError) {
        throw new ScoreFailure("unavailable", `it could not be loaded: ${error.message}`);
      }
      throw error;
    }
    if (this.#closed) this.#endProcess();
    return this.#process ?? Promise.reject(paused(0, "asof is stopping"));
  }

  #known(row: Row): ProcessEndedError | null {
    return this.suspicion.knowsRows ? this.suspicion.known(this.#keyOf(row)) : null;
  }

  #keyOf(row: Row): string {
    return JSON.stringify(this.#features.map((name) => row[name] ?? null));
  }

  #restLater(): void {
    if (this.#rest) clearTimeout(this.#rest);
    this.#rest = null;
    if (this.#ready || !this.#process) return;
    this.#rest = setTimeout(() => this.rest(), REST_AFTER_MS).unref();
  }

  #endProcess(): void {
    this.#process?.kill();
    this.#process = null;
    this.places.ended(this);
  }
}

interface Answers extends Scores {
  failures: Map<number, ScoreFailure>;
}

const paused = (pauseMs: number, why: string): ScoreFailure => {
  const seconds = Math.max(1, Math.ceil(pauseMs / 1000));
  return new ScoreFailure("unavailable", `it is not asked for another ${seconds} s: ${why}`, seconds);
};
