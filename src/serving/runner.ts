import * as ort from "onnxruntime-node";
import type { ModelSignature } from "../registry/model.js";
import { taskOf } from "../training/tasks/registry.js";
import type { Task } from "../training/tasks/task.js";
import { askApart, checkedScores, type Scores } from "./answers.js";
import { emptyRow, feedsOf, inputPlan, type Row, tensorsOf } from "./encoder.js";
import type { ModelExplanation } from "./isolated/messages.js";
import { answersIn, outputOf } from "./model-output.js";

/** What runs one model: here for asof's own, in a process of its own for one made elsewhere. */
export interface Runner {
  /** Never rejects: a row without an answer is a failure of that row. */
  run(rows: readonly Row[]): Promise<Scores>;
  /** Null for a model that asof did not train. */
  explain(row: Row): Promise<ModelExplanation | null>;
  /** Whether it is to be ready at any time; otherwise it may rest. */
  keepReady(ready: boolean): void;
  close(): void;
}

/** On CPU, in this thread: a run blocks the event loop for its whole duration. */
export const SESSION_OPTIONS: ort.InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionProviders: ["cpu"],
  logSeverityLevel: 3,
};

/** Runs a model that asof itself has trained, in this process. */
export class SessionRunner implements Runner {
  readonly #plan: ReturnType<typeof inputPlan>;
  readonly #output: ReturnType<typeof outputOf>;
  readonly #task: Task;

  private constructor(
    signature: ModelSignature,
    private readonly session: ort.InferenceSession,
    private readonly explained: (row: Row) => Promise<ModelExplanation | null>,
  ) {
    this.#plan = inputPlan(signature);
    this.#output = outputOf(signature);
    this.#task = taskOf(signature);
  }

  /**
   * @param explained what explains its answers
   * @throws {Error} the bytes are no model this runtime can run with these inputs
   */
  static async load(
    signature: ModelSignature,
    onnx: Uint8Array,
    explained: (row: Row) => Promise<ModelExplanation | null>,
  ): Promise<SessionRunner> {
    const session = await ort.InferenceSession.create(onnx, SESSION_OPTIONS);
    const runner = new SessionRunner(signature, session, explained);
    // The first run allocates; a request should not pay for it.
    const [failure] = (await runner.run([emptyRow(runner.#plan)])).failures.values();
    if (failure) throw failure;
    return runner;
  }

  async run(rows: readonly Row[]): Promise<Scores> {
    const feeds = feedsOf(this.#plan, rows);
    const output = this.#output;
    const answers = await askApart(rows.length, output.classes, async (from, to) => {
      const outputs = await this.session.run(tensorsOf(feeds, from, to), [output.name]);
      return answersIn(outputs[output.name]!, output, to - from);
    });
    return checkedScores(this.#task, answers, rows.length, output.classes);
  }

  explain(row: Row): Promise<ModelExplanation | null> {
    return this.explained(row);
  }

  keepReady(): void {}
  close(): void {}
}
