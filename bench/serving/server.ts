import { type ChildProcess, fork, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { GraphQLClient } from "../../tests/support/graphql.js";
import { startOptions } from "../support/start-options.js";

/** An asof as `npm start` runs it, from `.bench-dist`; its log is read for its address and then thrown away. */
export interface BenchServer {
  pid: number;
  port: number;
  client: GraphQLClient;
  stop(): Promise<void>;
}

export async function startServer(
  env: Record<string, string>,
  nodeOptions: string[] = [],
): Promise<BenchServer> {
  const child = spawn(process.execPath, [...startOptions(), ...nodeOptions, ".bench-dist/main.js"], {
    env: {
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "info",
      SHUTDOWN_DRAIN_MS: "0",
      ...process.env,
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
    // As docs/serving.md says: a process that executes runs only has a session of its own.
    detached: env.ASOF_ROLE === "worker",
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const found = /Server listening at (http:\/\/[\d.:]+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
    void exited.then(() => reject(new Error("asof ended before it listened")));
  });
  return {
    pid: child.pid!,
    port: Number(new URL(address).port),
    client: new GraphQLClient(address, "bench"),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** A helper process under tsx that answers each message with one. */
export class Helper {
  readonly #child: ChildProcess;

  constructor(file: string) {
    this.#child = fork(new URL(file, import.meta.url), { execArgv: ["--import", "tsx"] });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  ask<T>(message: unknown): Promise<T> {
    const answer = this.told<T>();
    this.#child.send(message as never);
    return answer;
  }

  /** What it says next, unasked. */
  told<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#child.once("message", (answer) => {
        this.#child.off("exit", reject);
        resolve(answer as T);
      });
      this.#child.once("exit", reject);
    });
  }

  stop(): void {
    this.#child.disconnect();
  }
}
