/**
 * The other side of model-process.ts: holds the one model it is sent and runs it. It trusts nothing of the model, and its
 * parent trusts nothing of it.
 */
import { Worker } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { withTensorsForMaps } from "../../onnx/zip-map.js";
import { beDeafToSignals } from "../../threads/deaf-to-signals.js";
import { offerItself } from "../../threads/offer-itself.js";
import { askApart, type RawAnswers } from "../answers.js";
import { type Feed, tensorsOf } from "../encoder.js";
import { answersIn, type OutputSpec } from "../model-output.js";
import { Attribution } from "./attribution.js";
import { memoryWords, OUT_OF_MEMORY, OUT_OF_TIME } from "./limits.js";
import type { FilePiece, FromModel, ModelExplanation, Question, ToModel } from "./messages.js";

/**
 * A thread that ends the process though its main thread is in native code: when whoever asked is gone, killed say, or when
 * the process takes more memory than it may where the system does not refuse it. As text, for it needs no other module. The
 * deadline is read once: the main thread may take it back between two looks at it.
 */
const WATCH = `
const { workerData: { parent, memoryLimit, deadline } } = require("node:worker_threads");
setInterval(() => {
  const until = deadline[0];
  if (until > 0 && process.hrtime()[0] > until) process.kill(process.pid, "${OUT_OF_TIME}");
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  if (process.memoryUsage.rss() > memoryLimit) process.kill(process.pid, "${OUT_OF_MEMORY}");
}, 100);`;
/** The second, of a clock that nobody sets, in which what is asked now has to be answered; 0 where nothing is. */
const deadline = new Float64Array(new SharedArrayBuffer(8));
/** The parent is to notice first. */
const GRACE_SECONDS = 5;

/** As the runtime says that the system gave it none. */
const REFUSED_MEMORY = /bad.?alloc|failed to allocate memory/i;

/** No arena: what a run took is given back. */
const OPTIONS: ort.InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionProviders: ["cpu"],
  logSeverityLevel: 4,
  enableCpuMemArena: false,
  enableMemPattern: false,
};

class HeldModel {
  readonly attribution: Attribution;

  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly onnx: Uint8Array,
    private readonly output: OutputSpec,
    private readonly memoryBytes: number,
  ) {
    this.attribution = new Attribution(onnx, output, OPTIONS, (rows, feeds) => this.run(rows, feeds));
  }

  static async load(
    onnx: Uint8Array,
    { output, memoryBytes }: Extract<Question, { kind: "load" }>,
  ): Promise<HeldModel> {
    const session = await ort.InferenceSession.create(withTensorsForMaps(onnx), OPTIONS);
    return new HeldModel(session, onnx, output, memoryBytes);
  }

  async run(rows: number, feeds: readonly Feed[]): Promise<RawAnswers> {
    let shape: (number | null)[] | undefined;
    const answers = await askApart(rows, this.output.classes, async (from, to) => {
      const outputs = await this.session
        .run(tensorsOf(feeds, from, to), [this.output.name])
        .catch((error: Error) => {
          throw REFUSED_MEMORY.test(error.message) ? new Error(memoryWords(this.memoryBytes)) : error;
        });
      const tensor = outputs[this.output.name]!;
      const given = answersIn(tensor, this.output, to - from);
      shape = [null, ...tensor.dims.slice(1)];
      return given;
    });
    return { ...answers, shape };
  }

  async explain(row: Record<string, unknown>): Promise<ModelExplanation | null> {
    const { Explainer } = await import("../../training/explain/explainer.js");
    const explainer = Explainer.read(this.onnx);
    return explainer && { ...explainer.explain(row as never), margin: explainer.margin };
  }
}

let model: HeldModel | null = null;
/** As far as it has come. */
let file = new Uint8Array();

function take({ byteLength, at, bytes }: FilePiece): void {
  if (at === 0) file = new Uint8Array(byteLength);
  file.set(bytes, at);
}

async function answer(asked: Question): Promise<FromModel> {
  if (asked.kind === "load") {
    const memoryLimit = process.memoryUsage.rss() + asked.memoryBytes;
    new Worker(WATCH, { eval: true, workerData: { parent: process.ppid, memoryLimit, deadline } }).unref();
    try {
      model = await HeldModel.load(file, asked);
      return { kind: "loaded" };
    } catch (error) {
      return { kind: "refused", problem: (error as Error).message.slice(0, 500) };
    }
  }
  if (asked.kind === "run") return { kind: "answers", answers: await model!.run(asked.rows, asked.feeds) };
  if (asked.kind === "explain")
    return { kind: "explanation", explanation: await model!.explain(asked.row).catch(() => null) };
  const { attribution } = model!;
  switch (asked.kind) {
    case "compare":
      return attribution.compare(asked.rows, asked.feeds, asked.inputs, asked.features);
    case "attribute":
      return attribution.attribute(asked.row, asked.feeds);
    case "summarize":
      return attribution.summarize(asked.rows, asked.feeds);
    case "go on":
      return attribution.goOn();
  }
}

offerItself();
beDeafToSignals();
process.on("disconnect", () => process.exit());
process.on("message", (asked: ToModel) => {
  deadline[0] = process.hrtime()[0] + asked.limitMs / 1000 + GRACE_SECONDS;
  if (asked.kind === "piece") return take(asked);
  void answer(asked).then((said) => {
    deadline[0] = 0;
    if (process.connected) process.send!(said, () => said.kind === "refused" && process.exit());
  });
});
