import { spawn } from "node:child_process";
import { asof as commandLine } from "../../src/cli/asof.js";
import { BUILD } from "./build.js";

export interface Finished {
  code: number | null;
  out: string;
  err: string;
}

/** `asof …` in this process, in a fraction of the time. */
export async function asofHere(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const finished: Finished = { code: null, out: "", err: "" };
  const terminal = {
    out: (text: string) => {
      finished.out += text;
    },
    err: (text: string) => {
      finished.err += text;
    },
    columns: undefined,
  };
  finished.code = await commandLine(args, environment(env), terminal);
  return finished;
}

/** `asof …` as built, in a process of its own. */
export function asof(
  args: string[],
  env: Record<string, string> = {},
  cwd = process.cwd(),
): Promise<Finished> {
  const child = spawn(process.execPath, [`${process.cwd()}/${BUILD}/cli/main.js`, ...args], {
    env: environment(env),
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const finished: Finished = { code: null, out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    finished.out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    finished.err += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...finished, code }));
  });
}

/** Of the caller's configuration, what it serves alone reaches the command. */
function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, ASOF_DEFINITIONS, ASOF_SCHEMA, TEST_RUN } = process.env;
  return { PATH, HOME, ASOF_DEFINITIONS, ASOF_SCHEMA, TEST_RUN, ...env };
}
