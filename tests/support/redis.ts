import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createClient } from "@redis/client";
import { endWithThis } from "./end-with-this.js";
import { freePort } from "./free-port.js";
import { until } from "./until.js";

/** Debian's redis-server, or Valkey's under either name; without one the tests that need it are skipped. */
export const REDIS_PROGRAM = ["redis-server", "valkey-server"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
export const hasRedis = REDIS_PROGRAM !== undefined;

export interface TestRedis {
  url: string;
  /** One command, from a client of the test's own. */
  command(...args: string[]): Promise<unknown>;
  /** Ends it at once, with all it held. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
}

/** A server on a free port of this machine that keeps nothing on disk. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess;
  const command = async (...args: string[]) => {
    const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 60_000 } });
    client.on("error", () => {});
    await client.connect();
    return client.sendCommand(args).finally(() => client.destroy());
  };
  const start = async () => {
    const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    child = spawn(REDIS_PROGRAM!, options, { stdio: "ignore" });
    endWithThis(child);
    await until("redis answers", () =>
      command("PING").then(
        () => true,
        () => false,
      ),
    );
  };
  await start();
  return {
    url,
    command,
    start,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
    signal: (name) => child.kill(name),
  };
}
