import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { HandModel } from "./workload.js";

export interface Reference {
  pid: number;
  port: number;
  stop(): void;
}

/** Reference (c), by the Python that BENCH_PYTHON names; null without one. */
export async function startReference(url: string, model: HandModel): Promise<Reference | null> {
  const python = process.env.BENCH_PYTHON;
  if (!python) return null;
  const script = fileURLToPath(new URL("reference.py", import.meta.url));
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write(`${JSON.stringify({ url, ...model })}\n`);
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line).port));
    child.once("exit", (code) => reject(new Error(`the reference ended with ${code}`)));
  });
  return { pid: child.pid!, port, stop: () => child.stdin.end() };
}
