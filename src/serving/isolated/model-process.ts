import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { RawAnswers } from "../answers.js";
import type { Feed, Row } from "../encoder.js";
import type { OutputSpec } from "../model-output.js";
import { type ModelLimits, memoryWords, OUT_OF_MEMORY } from "./limits.js";
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
    const load: Question = { kind: "load", onnx, output, memoryBytes: limits.memoryBytes };
    const said = await started.#ask(load, limits.loadMs);
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

  kill(): void {
    this.child.kill("SIGKILL");
    this.#end(new ProcessEndedError("died", "it was ended"));
  }

  #ask(question: Question, limitMs: number): Promise<FromModel> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#late = setTimeout(() => {
        this.#end(new ProcessEndedError("late", `it did not answer within ${limitMs / 1000} s`));
        this.child.kill("SIGKILL");
      }, limitMs);
      this.child.send({ ...question, limitMs } satisfies ToModel, () => {}); // one that is gone is known by its exit
    });
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
  const here = import.meta.url;
  const extension = extname(here);
  const script = fileURLToPath(new URL(`./model.process${extension}`, here));
  const command = [process.execPath, ...(extension === ".ts" ? tsx(here) : []), script];
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

function tsx(base: string): string[] {
  const loader = createRequire(base).resolve("tsx/package.json").replace("package.json", "dist/loader.mjs");
  return ["--import", pathToFileURL(loader).href];
}

function endOf(end: string | number | null, { memoryBytes }: ModelLimits): ProcessEndedError {
  if (end === OUT_OF_MEMORY) return new ProcessEndedError("memory", memoryWords(memoryBytes));
  return new ProcessEndedError(
    "died",
    `it ended its process (${end}): out of memory, or a fault of its native code`,
  );
}
