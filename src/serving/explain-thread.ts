import type { Worker } from "node:worker_threads";
import { endOnceLoaded, isLoaded } from "../threads/loaded.js";
import { spawnWorker } from "../threads/spawn-worker.js";
import { isBuiltIn, learners } from "../training/learners/registry.js";
import { ScoreFailure } from "./answers.js";
import type { Row } from "./encoder.js";
import type { ModelExplanation } from "./isolated/messages.js";

/** A model that asof has trained, by the SHA-256 of its file. */
export interface ExplainedModel {
  sha256: string;
  /** Whose it is, by name. */
  learner: string;
  onnx: Uint8Array;
}

/** `onnx` is sent with the first question of a model, and where the thread asks for it. */
export type ExplainQuestion = { id: number; row: Row; onnx?: Uint8Array } & Omit<ExplainedModel, "onnx">;

export type ExplainAnswer = { id: number } & (
  | { kind: "explained"; explanation: ModelExplanation | null }
  /** The thread no longer has what it read of the model's file. */
  | { kind: "unknown" }
  | { kind: "failed"; message: string }
);

interface Thread {
  worker: Worker;
  end(): void;
  /** The files that it was sent. */
  sent: Set<string>;
}

interface Waiting {
  model: ExplainedModel;
  row: Row;
  resolve(explanation: ModelExplanation | null): void;
  reject(error: Error): void;
}

/** It gives its memory back after so long without a question. */
const RESTS_AFTER_MS = 5 * 60_000;

/**
 * Explains the answers of asof's own models in a thread of its own: to read a large forest's file takes a second, and to walk it
 * for one row a good part of that, which requests are not to wait for. It is started by the first question.
 */
export class ExplainThread {
  #thread: Thread | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #rest: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly restsAfterMs = RESTS_AFTER_MS) {}

  /** Whether there is one now. */
  get isStarted(): boolean {
    return this.#thread !== null;
  }

  /** Null for a model that cannot be explained. @throws {ScoreFailure} the thread has ended */
  explain(model: ExplainedModel, row: Row): Promise<ModelExplanation | null> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw ended();
      clearTimeout(this.#rest);
      const id = ++this.#asked;
      this.#waiting.set(id, { model, row, resolve, reject });
      this.#ask(id);
    });
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  #ask(id: number): void {
    this.#thread ??= this.#start();
    const { worker, sent } = this.#thread;
    const { model, row } = this.#waiting.get(id)!;
    const { sha256, learner, onnx } = model;
    const question: ExplainQuestion = { id, row, sha256, learner, ...(!sent.has(sha256) && { onnx }) };
    // Only who waits for an answer keeps the process.
    worker.ref();
    worker.postMessage(question);
    sent.add(sha256);
  }

  #start(): Thread {
    const fromOutside = learners.names().some((name) => !isBuiltIn(name));
    const worker = spawnWorker("serving/explain.worker", {
      workerData: { fromOutside },
      name: "asof-explain",
    });
    const thread = { worker, end: endOnceLoaded(worker), sent: new Set<string>() };
    worker.on("message", (message: ExplainAnswer) => {
      if (!isLoaded(message)) this.#hear(message);
    });
    const lose = (cause?: Error) => this.#thread === thread && this.#lose(cause);
    worker.on("error", lose);
    worker.on("exit", () => lose());
    return thread;
  }

  #hear(answer: ExplainAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    if (answer.kind === "unknown") {
      this.#thread?.sent.delete(waiting.model.sha256);
      this.#ask(answer.id);
      return;
    }
    this.#waiting.delete(answer.id);
    if (answer.kind === "failed") waiting.reject(new Error(answer.message));
    else waiting.resolve(answer.explanation);
    if (this.#waiting.size > 0) return;
    this.#thread?.worker.unref();
    this.#rest = setTimeout(() => this.#end(), this.restsAfterMs).unref();
  }

  #end(): void {
    clearTimeout(this.#rest);
    this.#thread?.end();
    this.#lose();
  }

  #lose(cause?: Error): void {
    this.#thread = null;
    for (const { reject } of this.#waiting.values()) reject(ended(cause));
    this.#waiting.clear();
  }
}

const ended = (cause?: Error): ScoreFailure => {
  const why = cause ? `: ${cause.message}` : "";
  return new ScoreFailure("unavailable", `the thread that explains answers has ended${why}`, 1);
};
