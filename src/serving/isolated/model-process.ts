import { type ChildProcess, spawn } from "node:child_process";
import { PIECE_BYTES } from "../../registry/files/stored-bytes.js";
import { processCommand } from "../../threads/process-command.js";
import type { RawAnswers } from "../answers.js";
import type { Feed, Row } from "../encoder.js";
import type { OutputSpec } from "../model-output.js";
import { type ModelLimits, memoryWords, OUT_OF_MEMORY, OUT_OF_TIME } from "./limits.js";
import type { FromModel, ModelExplanation, Question, ToModel } from "./messages.js";

/** The runtime does not take the file; another attempt would end the same. */
export class ModelRefusedError extends Error {}

/** The process is gone, and with it the answer. */
export class ProcessEndedError extends Error {
  constructor(
    readonly end: "late" | "memory" | "died",
    message: string,
  ) {
    super(message);
  }
}

/** What Node and the runtime take before any model: data segment and mappings, as `ulimit -d` counts them. */
const PROCESS_BYTES = 256 * 1024 * 1024;
/** Nothing that leads to the database, to tokens or to other secrets. */
const INHERITED = ["NODE_ENV", "PATH", "LD_LIBRARY_PATH", "TZ", "LANG", "LC_ALL", "TMPDIR", "SystemRoot"];

const NOTHING = new Uint8Array();

interface Pending {
  resolve(said: FromModel): void;
  reject(error: Error): void;
}

const live = new Set<ModelProcess>();

/** How many there are, of this thread. */
export const liveProcesses = (): number => live.size;

/** One process that holds one model. It is asked one thing at a time. */
export class ModelProcess {
  #pending: Pending | null = null;
  #late: NodeJS.Timeout | null = null;
  #ended: ProcessEndedError | null = null;

  private constructor(
    private readonly child: ChildProcess,
    private readonly limits: ModelLimits,
  ) {
    live.add(this);
    child.once("error", (error) => this.#end(new ProcessEndedError("died", error.message)));
    child.once("exit", (code, signal) => this.#end(endOf(signal ?? code, limits)));
    child.on("message", (said) => this.#settle((pending) => pending.resolve(said as FromModel)));
    // It does not keep this process alive; every waiting request has a timer.
    child.unref();
    child.channel?.unref();
  }

  /**
   * @throws {ModelRefusedError} in the runtime's words
   * @throws {ProcessEndedError} it died of the model, or did not load it in time
   */
  static async start(onnx: Uint8Array, output: OutputSpec, limits: ModelLimits): Promise<ModelProcess> {
    const started = new ModelProcess(spawnLimited(limits), limits);
    const load: Question = { kind: "load", output, memoryBytes: limits.memoryBytes };
    const said = await started.#ask(load, limits.loadMs, onnx);
    if (said.kind === "loaded") return started;
    started.kill();
    throw new ModelRefusedError(said.kind === "refused" ? said.problem : `it said ${said.kind}`);
  }

  get alive(): boolean {
    return this.#ended === null;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** @throws {ProcessEndedError} */
  async run(feeds: Feed[], rows: number): Promise<RawAnswers> {
    const said = await this.#ask({ kind: "run", rows, feeds }, this.limits.batchMs);
    if (said.kind === "answers") return said.answers;
    throw new Error(`a model's process was asked to run, and said ${said.kind}`);
  }

  /** @throws {ProcessEndedError} */
  async explain(row: Row): Promise<ModelExplanation | null> {
    const said = await this.#ask({ kind: "explain", row }, this.limits.batchMs);
    return said.kind === "explanation" ? said.explanation : null;
  }

  /** The first slice, or the next, of what explains its answers. @throws {ProcessEndedError} */
  work(
    question: Extract<Question, { kind: "compare" | "attribute" | "summarize" | "go on" }>,
  ): Promise<FromModel> {
    return this.#ask(question, this.limits.batchMs);
  }

  kill(): void {
    this.child.kill("SIGKILL");
    this.#end(new ProcessEndedError("died", "it was ended"));
  }

  /** @param file what it is asked about, sent before it */
  #ask(question: Question, limitMs: number, file: Uint8Array = NOTHING): Promise<FromModel> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#late = setTimeout(() => {
        this.#end(new ProcessEndedError("late", `it did not answer within ${limitMs / 1000} s`));
        this.child.kill("SIGKILL");
      }, limitMs);
      void this.#send(question, limitMs, file);
    });
  }

  /** Each piece once the former has left: a large file is not copied into messages that wait. */
  async #send(question: Question, limitMs: number, file: Uint8Array): Promise<void> {
    // One that is gone is known by its exit.
    const send = (said: ToModel) => new Promise((resolve) => this.child.send(said, resolve));
    const { byteLength } = file;
    for (let at = 0; at < byteLength && this.alive; at += PIECE_BYTES) {
      const bytes = file.subarray(at, at + PIECE_BYTES);
      await send({ kind: "piece", byteLength, at, bytes, limitMs });
    }
    if (this.alive) await send({ ...question, limitMs });
  }

  #settle(by: (pending: Pending) => void): void {
    if (this.#late) clearTimeout(this.#late);
    this.#late = null;
    const pending = this.#pending;
    this.#pending = null;
    if (pending) by(pending);
  }

  #end(error: ProcessEndedError): void {
    if (this.#ended) return;
    this.#ended = error;
    live.delete(this);
    this.#settle((pending) => pending.reject(error));
  }
}

/** Where there is a shell, the system itself refuses more memory: the model gets an error instead of the machine's last bytes. */
function spawnLimited({ memoryBytes }: ModelLimits): ChildProcess {
  const command = [process.execPath, ...processCommand("serving/isolated/model.process")];
  const env = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
  const options = {
    env,
    serialization: "advanced" as const,
    stdio: ["ignore", "ignore", "ignore", "ipc"] as ("ignore" | "ipc")[],
  };
  if (process.platform === "win32") return spawn(command[0]!, command.slice(1), options);
  const kilobytes = Math.ceil((PROCESS_BYTES + memoryBytes) / 1024);
  const limited = `ulimit -c 0; ulimit -d ${kilobytes} 2>/dev/null; exec "$0" "$@"`;
  return spawn("/bin/sh", ["-c", limited, ...command], { ...options, cwd: "/" });
}

function endOf(end: string | number | null, { memoryBytes }: ModelLimits): ProcessEndedError {
  if (end === OUT_OF_MEMORY) return new ProcessEndedError("memory", memoryWords(memoryBytes));
  if (end === OUT_OF_TIME)
    return new ProcessEndedError("late", "it did not answer in time, and ended itself");
  return new ProcessEndedError(
    "died",
    `it ended its process (${end}): out of memory, or a fault of its native code`,
  );
}
