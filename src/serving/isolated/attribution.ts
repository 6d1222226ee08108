import * as ort from "onnxruntime-node";
import { partThatGives } from "../../onnx/part.js";
import type { FilledInput } from "../../training/explain/ensemble/columns.js";
import {
  type EnsembleExplainer,
  type EnsembleShape,
  ExplanationTooLong,
  type ReadRows,
} from "../../training/explain/ensemble/ensemble-explainer.js";
import { MAX_SUMMARY_ROWS, SummaryOf } from "../../training/explain/summary.js";
import type { RawAnswers } from "../answers.js";
import { type Feed, tensorsOf } from "../encoder.js";
import type { OutputSpec } from "../model-output.js";
import type { FromModel } from "./messages.js";

/** Of a process that answers requests, too: they wait no longer than that. */
const SLICE_MS = 20;
/** Of all explanations of a summary; the same on any machine. */
const MOST_SUMMARY_STEPS = 400_000_000;

/** What a model's process does with what it is to explain, bit by bit. */
type Work = Generator<void, FromModel, void>;

/** Runs the model on feeds. */
type Run = (rows: number, feeds: readonly Feed[]) => Promise<RawAnswers>;

/** Explains the answers of a model made elsewhere by what they are of stored rows. */
export class Attribution {
  #shape: EnsembleShape | null = null;
  /** The part of the graph before the trees; null where they read an input as it is. */
  #before: ort.InferenceSession | null = null;
  #explainer: EnsembleExplainer | null = null;
  #work: Work | null = null;

  constructor(
    private readonly onnx: Uint8Array,
    private readonly output: OutputSpec,
    private readonly options: ort.InferenceSession.SessionOptions,
    private readonly run: Run,
  ) {}

  /** Takes these rows for those that answers are compared with from now on; says what keeps the model from being explained. */
  async compare(
    rows: number,
    feeds: readonly Feed[],
    inputs: readonly FilledInput[],
    features: readonly string[],
  ): Promise<FromModel> {
    this.#explainer = null;
    const { EnsembleExplainer, ensembleShape } = await import(
      "../../training/explain/ensemble/ensemble-explainer.js"
    );
    return this.#begin(async () => {
      this.#shape ??= ensembleShape(this.onnx, inputs);
      const { input } = this.#shape;
      if (!feeds.some(({ name }) => name === input))
        this.#before ??= await ort.InferenceSession.create(partThatGives(this.onnx, input), this.options);
      const stored = await this.#read(rows, feeds);
      const shape = this.#shape;
      const { task } = this.output;
      return function* (this: Attribution): Work {
        this.#explainer = yield* EnsembleExplainer.over(shape, features, stored, task);
        return { kind: "compared", problem: null };
      }.call(this);
    });
  }

  attribute(row: Record<string, unknown>, feeds: readonly Feed[]): Promise<FromModel> {
    return this.#begin(async () => {
      const read = await this.#read(1, feeds);
      return attributionOf(this.#known(), row, read);
    });
  }

  summarize(rows: number, feeds: readonly Feed[]): Promise<FromModel> {
    return this.#begin(async () => summaryOf(this.#known(), await this.#read(rows, feeds)));
  }

  goOn(): FromModel {
    const end = performance.now() + SLICE_MS;
    try {
      while (this.#work) {
        const { done, value } = this.#work.next();
        if (done) {
          this.#work = null;
          return value;
        }
        if (performance.now() > end) return { kind: "working" };
      }
    } catch (error) {
      return this.#ended(error as Error);
    }
    return { kind: "lost" };
  }

  async #begin(work: () => Promise<Work>): Promise<FromModel> {
    this.#work = null;
    try {
      this.#work = await work();
    } catch (error) {
      return this.#ended(error as Error);
    }
    return this.goOn();
  }

  #ended(error: Error): FromModel {
    this.#work = null;
    if (error instanceof ExplanationTooLong)
      return { kind: "attributed", explanation: null, problem: "too long" };
    return { kind: "compared", problem: error.message.slice(0, 500) };
  }

  #known(): EnsembleExplainer {
    if (!this.#explainer) throw new Error("no rows are known that its answers could be compared with");
    return this.#explainer;
  }

  async #read(rows: number, feeds: readonly Feed[]): Promise<ReadRows> {
    const { values, failures } = await this.run(rows, feeds);
    const [failed] = failures;
    if (failed) throw new Error(`it has no answer to one of the rows: ${failed[1]}`);
    const { input } = this.#shape!;
    const { classes } = this.output;
    if (!this.#before) {
      const { data } = feeds.find(({ name }) => name === input)!;
      if (Array.isArray(data)) throw new Error("its trees read texts");
      return { rows, columns: data, answers: values, classes };
    }
    const tensors = tensorsOf(feeds, 0, rows);
    const taken = this.#before.inputNames.map((name) => [name, tensors[name]!] as const);
    const outputs = await this.#before.run(Object.fromEntries(taken), [input]);
    const { data, type } = outputs[input]!;
    if (typeof data[0] === "string") throw new Error("its trees read texts");
    if (type === "float32" || type === "float64")
      return { rows, columns: data as Float32Array | Float64Array, answers: values, classes };
    return { rows, columns: Float64Array.from(data as ArrayLike<number>, Number), answers: values, classes };
  }
}

function* attributionOf(explainer: EnsembleExplainer, row: Record<string, unknown>, read: ReadRows): Work {
  const explanation = yield* explainer.explain(row as never, read.columns, read.answers);
  return { kind: "attributed", explanation: { ...explanation, margin: explainer.margin }, problem: null };
}

/** Of the first rows, as many as the work goes; of a model whose first row takes too long there is none. */
function* summaryOf(explainer: EnsembleExplainer, { rows, columns }: ReadRows): Work {
  const summary = new SummaryOf(explainer.features, explainer.classes);
  const width = columns.length / rows;
  const until = explainer.steps + MOST_SUMMARY_STEPS;
  for (let row = 0; row < Math.min(rows, MAX_SUMMARY_ROWS) && explainer.steps < until; row++) {
    const own = Array.from({ length: width }, (_, k) => columns[row * width + k]!);
    const each: Float64Array[] = [];
    for (let k = 0; k < explainer.classes; k++) each.push(yield* explainer.contributions(own, k));
    summary.add(each);
  }
  return { kind: "summary", summary: summary.summary(explainer.margin) };
}
