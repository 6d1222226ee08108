import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { BadUserInputError } from "../../errors/errors.js";
import { TrainingThreadLostError } from "../../errors/training-thread-lost.js";
import { lowerSessionPriority } from "../../threads/lower-priority.js";
import { processCommand } from "../../threads/process-command.js";
import { isBuiltIn } from "../learners/registry.js";
import type { Labels } from "../tasks/labels.js";
import type { TrainHooks } from "../train.js";
import type { TrainingData, TrainOptions, TrainResult } from "../types.js";
import { validateRequest } from "../validate.js";
import { toJoinedKeys } from "../worker-messages.js";
import type { FromSession, ToSession } from "./messages.js";
import { memoryOf, partTable } from "./parted-table.js";

const PIECE_BYTES = 1 << 20;
/** What is said of how much memory there may be holds for the training, too. */
const HEAP_OPTION = /^--max[-_](old|semi)[-_]space[-_]size=/;

/**
 * As trainInWorker, in a process that leads a session of its own, whose priority is lowered: where the processor is shared among
 * sessions, what answers requests does not wait for the training. The table is there twice. Aborting kills the process.
 * @throws BadUserInputError for parameters out of range and for tables no model can be fitted on.
 * @throws TrainingThreadLostError when the process or a thread of it dies.
 */
export async function trainInSession(
  data: TrainingData<Labels>,
  options: TrainOptions,
  { onProgress, signal }: Pick<TrainHooks, "onProgress" | "signal"> = {},
): Promise<TrainResult> {
  signal?.throwIfAborted();
  validateRequest(data, options);
  const table = partTable(toJoinedKeys(data));
  const fromOutside = !isBuiltIn(options.algorithm);
  const command = processCommand("training/session/session.process");
  const heap = process.execArgv.filter((option) => HEAP_OPTION.test(option));
  const child = spawn(process.execPath, [...heap, ...command], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
    detached: true,
  });
  lowerSessionPriority(child.pid);
  const kill = () => child.kill("SIGKILL");
  let result: TrainResult | undefined;
  let failure: unknown;
  child.on("message", (message: FromSession) => {
    if (message.kind === "result") result = message.result;
    else if (message.kind !== "progress") failure ??= failureOf(message);
    else if (!signal?.aborted && failure === undefined) {
      try {
        onProgress?.(message.progress);
      } catch (error) {
        failure = error;
        kill();
      }
    }
  });
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const ended = endOf(child);
    sendTable(child, table, { options, fromOutside }).catch((error: unknown) => {
      failure ??= error;
      kill();
    });
    const how = await ended;
    signal?.throwIfAborted();
    if (failure !== undefined) throw failure;
    if (result) return result;
    throw new TrainingThreadLostError(0, 1, how);
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, by] = (await once(child, "close")) as [number | null, string | null];
    return `its process ended with ${by ?? `exit code ${code}`}`;
  } catch (error) {
    return `its process did not start (${(error as Error).message})`;
  }
}

/** Each piece once the one before has left: they do not wait in memory together. One that is gone is known by its end. */
async function sendTable(
  child: ChildProcess,
  { numbers, ...table }: ReturnType<typeof partTable>,
  of: Pick<Extract<ToSession, { kind: "table" }>, "options" | "fromOutside">,
): Promise<void> {
  if (child.pid === undefined) return;
  const send = (message: ToSession) =>
    new Promise<void>((resolve) => void child.send(message, () => resolve()));
  await send({ kind: "table", table, ...of });
  for (const [array, of] of numbers.entries()) {
    const bytes = memoryOf(of);
    for (let at = 0; at < bytes.length && child.connected; at += PIECE_BYTES)
      await send({ kind: "piece", array, at, bytes: bytes.slice(at, at + PIECE_BYTES) });
  }
  if (child.connected) await send({ kind: "train" });
}

function failureOf(message: Exclude<FromSession, { kind: "progress" | "result" }>): Error {
  switch (message.kind) {
    case "refused":
      return new BadUserInputError(message.message, message.details);
    case "lost":
      return new TrainingThreadLostError(message.thread, message.threads, message.reason);
    case "failed":
      return Object.assign(new Error(message.error.message), message.error);
  }
}
