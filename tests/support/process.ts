import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { BUILD } from "./build.js";
import { GraphQLClient } from "./graphql.js";

export interface TestProcess {
  child: ChildProcess;
  client: GraphQLClient;
  /** Everything it wrote so far. */
  output(): string;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
}

export type SpawnProgram = (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

/**
 * A real asof process of the same sources as `npm start` runs it, ready to answer.
 * @param run elsewhere than on this machine, or another build
 */
export async function startProcess(
  env: Record<string, string>,
  run: { spawn?: SpawnProgram; main?: string; token?: string } = {},
): Promise<TestProcess> {
  const start: SpawnProgram = run.spawn ?? spawn;
  const child = start(process.execPath, [run.main ?? `${BUILD}/main.js`], {
    env: { ...process.env, LOG_LEVEL: "info", HOST: "127.0.0.1", PORT: "0", SHUTDOWN_DRAIN_MS: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  createInterface({ input: child.stderr! }).on("line", (line) => lines.push(line));
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on("line", (line) => {
      lines.push(line);
      const found = /Server listening at (http:\/\/[\d.:]+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
    void exited.then((code) =>
      reject(new Error(`asof ended with ${code} before it listened:\n${lines.join("\n")}`)),
    );
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    child,
    client: new GraphQLClient(address, "tester", run.token),
    output: () => lines.join("\n"),
    kill: async () => {
      await end("SIGKILL");
    },
    stop: () => end("SIGTERM"),
  };
}
