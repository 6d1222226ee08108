import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ColumnValue } from "../definitions/language/column.js";
import { UnusableModelError } from "../errors/unusable-model.js";
import type { ModelSignature } from "../registry/model.js";

export interface TrialRequest {
  onnx: Uint8Array;
  signature: ModelSignature;
  rows: Readonly<Record<string, ColumnValue>>[];
}
export interface TrialVerdict {
  /** null: it was loaded, and answered. */
  problem: string | null;
}

const TRIAL_MS = 30_000;

/**
 * Loads a model of unknown origin and runs it once, in a process of its own: native code that crashes, never ends or
 * takes all memory takes that process with it and not the one that answers requests.
 * @throws {UnusableModelError} it cannot be loaded or run, or did not answer within `limitMs`
 */
export async function tryModel(request: TrialRequest, limitMs = TRIAL_MS): Promise<void> {
  const here = import.meta.url;
  const extension = extname(here);
  const child = fork(fileURLToPath(new URL(`./model-trial.process${extension}`, here)), {
    serialization: "advanced",
    execArgv: extension === ".ts" ? ["--import", "tsx"] : [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  let verdict: TrialVerdict | null = null;
  try {
    const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve([code, signal]));
    });
    child.once("message", (said) => {
      verdict = said as TrialVerdict;
    });
    child.send(request, () => {}); // one that ended before it was told is told of by its exit
    const [code, signal] = await ended;
    const problem = problemOf(verdict, child.killed, limitMs, signal ?? code);
    if (problem !== null) throw new UnusableModelError(problem);
  } finally {
    clearTimeout(timer);
  }
}

function problemOf(
  verdict: TrialVerdict | null,
  killed: boolean,
  limitMs: number,
  end: string | number | null,
): string | null {
  if (verdict) return verdict.problem;
  return killed
    ? `it did not load and answer within ${limitMs / 1000} s`
    : `it ended the process that tried it (${end}): out of memory, or a fault of its native code`;
}
