import { UnusableModelError } from "../errors/unusable-model.js";
import type { ModelSignature } from "../registry/model.js";
import type { AttributionSummary } from "../training/explain/summary.js";
import { taskOf } from "../training/tasks/registry.js";
import type { Task } from "../training/tasks/task.js";
import { checkedScores, type RawAnswers, type Scores, shownAnswer } from "./answers.js";
import { feedsOf, inputPlan, type Row } from "./encoder.js";
import { compareWith } from "./isolated/explanations.js";
import { DEFAULT_LIMITS, type ModelLimits } from "./isolated/limits.js";
import type { FromModel } from "./isolated/messages.js";
import { ModelProcess, ModelRefusedError, ProcessEndedError } from "./isolated/model-process.js";
import { outputOf } from "./model-output.js";

/** A row that is asked, and what to call it in a refusal. */
export interface TrialRow {
  name: string;
  row: Row;
}

/** What was found out of what its features add to answers, or what keeps that from being said. */
export interface Explained {
  summary: AttributionSummary | null;
  problem: string | null;
}

/**
 * A model of unknown origin in a process of its own: native code that crashes, never ends or takes all memory takes that
 * process with it and not the one that answers requests, and the model is refused.
 */
export class ModelTrial {
  readonly #plan: ReturnType<typeof inputPlan>;
  readonly #task: Task;
  /** As its answers have it. */
  outputShape: (number | null)[] | null = null;

  private constructor(
    private readonly process: ModelProcess,
    readonly signature: ModelSignature,
  ) {
    this.#plan = inputPlan(signature);
    this.#task = taskOf(signature);
  }

  /** @throws {UnusableModelError} it cannot be loaded */
  static async open(
    onnx: Uint8Array,
    signature: ModelSignature,
    limits: ModelLimits = DEFAULT_LIMITS,
  ): Promise<ModelTrial> {
    try {
      return new ModelTrial(await ModelProcess.start(onnx, outputOf(signature), limits), signature);
    } catch (error) {
      if (error instanceof ModelRefusedError)
        throw new UnusableModelError(`onnxruntime cannot load it: ${error.message}`);
      throw refused(error, "when it was loaded");
    }
  }

  /**
   * As the model answers, unchecked.
   * @param what the rows are, for the refusal
   * @throws {UnusableModelError} its process ended
   */
  async ask(rows: readonly Row[], what: string): Promise<RawAnswers> {
    try {
      return await this.process.run(feedsOf(this.#plan, rows), rows.length);
    } catch (error) {
      throw refused(error, what);
    }
  }

  /** The answer to one row by itself; null where it has none. */
  async askAlone(row: Row, what: string): Promise<Float32Array | null> {
    const answer = Float32Array.from((await this.ask([row], what)).values);
    return this.#task.readAnswer(answer, 0, answer.length) ? answer : null;
  }

  /** How many numbers an answer has. */
  get width(): number {
    return this.signature.classes?.length ?? 1;
  }

  /**
   * Rows that must have an answer, each.
   * @throws {UnusableModelError} names the row and what is empty in it
   */
  async score(rows: readonly TrialRow[]): Promise<Scores> {
    const answers = await this.ask(
      rows.map(({ row }) => row),
      `on ${rows.length} rows`,
    );
    this.outputShape = answers.shape ?? null;
    const scores = checkedScores(this.#task, answers, rows.length, this.width);
    const [bad] = scores.failures.keys();
    if (bad === undefined) return scores;
    const { name, row } = rows[bad]!;
    const empty = this.signature.features.map(({ name }) => name).filter((name) => row[name] === null);
    const thrown = new Map(answers.failures).get(bad);
    const where = thrown
      ? `onnxruntime cannot run it on ${answers.failures.length === rows.length ? `${rows.length} rows` : JSON.stringify(name)}: ${thrown}`
      : `it gives ${JSON.stringify(name)} ${shownAnswer(answers.values.subarray(bad * this.width, (bad + 1) * this.width))}, which is no ${this.#task.answer}`;
    const advice =
      empty.length > 0 ? `; empty there: ${empty.join(", ")}; let the model itself take missing values` : "";
    throw new UnusableModelError(where + advice, { key: name, empty });
  }

  /**
   * Mean size of what each feature adds, over the rows: compared with the stored ones; null where the model cannot be
   * explained, or not in the time that there is.
   * @throws {UnusableModelError} its process ended
   */
  async summarize(stored: readonly Row[], rows: readonly Row[]): Promise<Explained> {
    const features = this.signature.features.map(({ name }) => name);
    const said = await this.#work(compareWith(this.#plan, features, stored));
    if (said.kind !== "compared" || said.problem !== null)
      return { summary: null, problem: said.kind === "compared" ? said.problem : "it could not be compared" };
    const done = await this.#work({
      kind: "summarize",
      rows: rows.length,
      feeds: feedsOf(this.#plan, rows),
    });
    const summary = done.kind === "summary" ? done.summary : null;
    return { summary, problem: summary ? null : "its trees are too many or too deep" };
  }

  async #work(question: Parameters<ModelProcess["work"]>[0]): Promise<FromModel> {
    try {
      let said = await this.process.work(question);
      while (said.kind === "working") said = await this.process.work({ kind: "go on" });
      return said;
    } catch (error) {
      throw refused(error, "when its answers were explained");
    }
  }

  close(): void {
    this.process.kill();
  }
}

function refused(error: unknown, when: string): Error {
  if (!(error instanceof ProcessEndedError)) return error as Error;
  return new UnusableModelError(`${error.message}, ${when}`, { end: error.end });
}
