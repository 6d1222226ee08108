import { spawn } from "node:child_process";
import { BUNDLE } from "./bundle.js";

export interface Finished {
  code: number | null;
  out: string;
  err: string;
}

/** `asof …` as built, in a process of its own. Of the caller's configuration what it serves alone reaches it. */
export function asof(
  args: string[],
  env: Record<string, string> = {},
  cwd = process.cwd(),
): Promise<Finished> {
  const { PATH, HOME, DEPLOYMENT, ASOF_SCHEMA, TEST_RUN } = process.env;
  const child = spawn(process.execPath, [`${process.cwd()}/${BUNDLE}/cli/main.js`, ...args], {
    env: { PATH, HOME, DEPLOYMENT, ASOF_SCHEMA, TEST_RUN, ...env },
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
