import { setImmediate as nextTurn } from "node:timers/promises";
import * as ort from "onnxruntime-node";
import type { ColumnValue } from "../definitions/language/column.js";
import { inSpan } from "../observability/tracing.js";
import type { ModelVersion } from "../registry/model.js";
import { Explainer, type Explanation } from "../training/explain/explainer.js";
import { encode, inputPlan } from "./encoder.js";

type Row = Readonly<Record<string, ColumnValue>>;
interface Waiting {
  row: Row;
  resolve(probability: number): void;
  reject(error: unknown): void;
}

/** Rows scored in one run: a run blocks the event loop for its whole duration (about 5 ms at this size). */
const BATCH = 1_024;

/** One version, loaded and warm. Single rows asked within one turn of the event loop share one run. */
export class ServedModel {
  #waiting: Waiting[] = [];
  readonly #inputs: ReturnType<typeof inputPlan>;
  readonly #output: string;
  /** Read when it is first asked for. */
  #explainer: Explainer | null | undefined;

  private constructor(
    readonly version: ModelVersion,
    private readonly session: ort.InferenceSession,
    private readonly onnx: Uint8Array,
  ) {
    this.#inputs = inputPlan(version.signature);
    this.#output = version.signature.outputs[0]!.name;
  }

  /**
   * @throws {Error} the bytes are no model this runtime can run with the version's own inputs
   */
  static async load(version: ModelVersion, bytes: Uint8Array): Promise<ServedModel> {
    const model = await ServedModel.open(version, bytes);
    await model.scoreBatch([{}]); // the first run allocates; a request should not pay for it
    return model;
  }

  /** Without a first run. @throws {Error} the bytes are no model this runtime knows */
  static async open(
    version: Pick<ModelVersion, "signature"> & Partial<ModelVersion>,
    bytes: Uint8Array,
  ): Promise<ServedModel> {
    const session = await ort.InferenceSession.create(bytes, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionProviders: ["cpu"],
      logSeverityLevel: 3,
    });
    return new ServedModel(version as ModelVersion, session, bytes);
  }

  /** Probability of the positive class; waits for nobody but the requests of the same turn. */
  score(row: Row): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => void this.#flush());
    });
  }

  /** One probability per row, in order; lets other work pass between runs. */
  async scoreMany(rows: readonly Row[]): Promise<Float32Array> {
    const probabilities = new Float32Array(rows.length);
    for (let from = 0; from < rows.length; from += BATCH) {
      if (from > 0) await nextTurn();
      probabilities.set(await this.scoreBatch(rows.slice(from, from + BATCH)), from);
    }
    return probabilities;
  }

  /** What each feature adds to the row's margin; null for a model that asof did not train. */
  explain(row: Row): (Explanation & Pick<Explainer, "margin">) | null {
    if (this.#explainer === undefined) this.#explainer = Explainer.read(this.onnx);
    return this.#explainer && { ...this.#explainer.explain(row), margin: this.#explainer.margin };
  }

  async scoreBatch(rows: readonly Row[]): Promise<Float32Array> {
    if (rows.length === 0) return new Float32Array(0);
    const outputs = await inSpan(
      "onnx.run",
      () => ({
        "asof.model": this.version.model,
        "asof.version": this.version.version,
        "asof.rows": rows.length,
      }),
      () => this.session.run(encode(this.#inputs, rows), [this.#output]),
    );
    const data = outputs[this.#output]!.data as Float32Array | Float64Array;
    const width = data.length / rows.length;
    if (width === 1 && data instanceof Float32Array) return data;
    // Of two columns the second is that of the positive class.
    return Float32Array.from(rows, (_, row) => data[(row + 1) * width - 1]!);
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const probabilities = await this.scoreMany(waiting.map(({ row }) => row));
      for (const [index, { resolve }] of waiting.entries()) resolve(probabilities[index]!);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
