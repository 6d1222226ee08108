import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { CommandFailedError } from "../../errors/command-failed.js";
import { lowerSessionPriority } from "../../threads/lower-priority.js";
import { processCommand } from "../../threads/process-command.js";
import { endMarked, RUN_MARK, signalGroup } from "./command-groups.js";
import type { CommandOutput } from "./command-output.js";
import { TIME_LIMIT, type TrainingCommand } from "./training-commands.js";

/** What it has to end by itself once it is told to. */
const GRACE_MS = 10_000;
/** What is left in pipes whose processes have ended. */
const DRAIN_MS = 2_000;
/** Nothing that leads to the database, to tokens or to other secrets. */
const INHERITED = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SystemRoot"];

export interface CommandPlace {
  runId: string;
  /** Its working directory. */
  folder: string;
  /** Follows its arguments. */
  specification: string;
  /** Beside those that the command declares. */
  variables: Readonly<Record<string, string>>;
  signal: AbortSignal;
  /** Whether errors may say what it printed. */
  isQuoted: boolean;
  graceMs?: number;
}

/**
 * Runs a training command to its end, and ends whatever it has started.
 * @throws {CommandFailedError} it ended with another code than 0, or not in time; the signal's reason where that is aborted
 */
export async function runCommand(
  declared: TrainingCommand,
  place: CommandPlace,
  output: CommandOutput,
): Promise<void> {
  const { runId, signal, graceMs = GRACE_MS } = place;
  signal.throwIfAborted();
  // What another process of asof has left, that was killed with all that was to end it.
  await endMarked(runId);
  const child = start(declared, place, graceMs);
  lowerSessionPriority(child.pid);
  for (const stream of [child.stdout!, child.stderr!])
    stream.on("data", (chunk: Buffer) => output.add(chunk));
  const limit = declared.timeLimitSeconds ?? TIME_LIMIT.default;
  let late = false;
  const end = () => void endGently(child, runId, graceMs);
  const timer = setTimeout(() => {
    late = true;
    end();
  }, limit * 1000);
  signal.addEventListener("abort", end);
  let how: string | null;
  try {
    how = endOf(await once(child, "exit"));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    await endAll(child, runId);
    output.end();
  }
  signal.throwIfAborted();
  if (late) how = `was ended: it ran longer than its ${limit} s`;
  if (how !== null)
    throw new CommandFailedError(declared.name, how, place.isQuoted ? output.lastLines : null);
}

function start({ command, inherits = [], variables }: TrainingCommand, place: CommandPlace, graceMs: number) {
  const inherited = [...INHERITED, ...inherits].map((name) => [name, process.env[name]]);
  return spawn(
    process.execPath,
    [
      ...processCommand("jobs/train-externally/supervisor.process"),
      String(graceMs),
      ...command,
      place.specification,
    ],
    {
      cwd: place.folder,
      env: {
        ...Object.fromEntries(inherited),
        ...variables,
        ...place.variables,
        [RUN_MARK]: place.runId,
      },
      stdio: ["pipe", "pipe", "pipe"],
      // A group of its own: what it starts ends with it.
      detached: true,
    },
  );
}

/** Null: well. The supervisor passes on the code; of a signal as a shell does. */
function endOf([code, by]: [number | null, NodeJS.Signals | null] | unknown[]): string | null {
  if (code === 0) return null;
  if (by) return `was killed by ${by}`;
  const signal = Object.entries(constants.signals).find(([, number]) => 128 + number === code)?.[0];
  return signal ? `was killed by ${signal}` : `ended with code ${code}`;
}

async function endGently(child: ChildProcess, runId: string, graceMs: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  signalGroup(child.pid, "SIGTERM");
  const { pid } = child;
  const late = setTimeout(() => {
    signalGroup(pid, "SIGKILL");
    void endMarked(runId);
  }, graceMs);
  await once(child, "exit").finally(() => clearTimeout(late));
}

/** It has ended; what it started may not have, and may hold its output open. */
async function endAll(child: ChildProcess, runId: string): Promise<void> {
  if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
  await endMarked(runId);
  const streams = [child.stdout!, child.stderr!];
  const drained = Promise.all(streams.map((stream) => stream.closed || once(stream, "close")));
  await Promise.race([drained, delay(DRAIN_MS, null, { ref: false })]);
  for (const stream of [...streams, child.stdin!]) stream.destroy();
}
