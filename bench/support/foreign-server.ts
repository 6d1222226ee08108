import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../tests/support/free-port.js";
import { cpuSecondsOfTree } from "./cpu.js";

/** A server of another project, with all that it starts. */
export interface ForeignServer {
  address: string;
  /** CPU seconds of all its processes so far. */
  cpu(): number;
  stop(): Promise<void>;
}

/** Started as `file ...args(port)`. */
interface Program {
  name: string;
  file: string;
  args(port: string): readonly string[];
  env?: Readonly<Record<string, string>>;
  /** What answers 200 once it serves. */
  health: string;
}

/** A program of an environment of Python that the tests of clients made. */
export function programOf(client: string, name: string): string {
  const file = resolve(".clients", client, "bin", name);
  if (!existsSync(file))
    throw new Error(`${file} is not there: npm run test:clients -- ${client} makes its environment`);
  return file;
}

const running = new Set<ChildProcess>();
const end = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal);
};
process.on("exit", () => {
  for (const child of running) end(child, "SIGKILL");
});

/** Starts it on a free port, in a process group of its own, and waits until it answers. */
export async function startForeign({ name, file, args, env = {}, health }: Program): Promise<ForeignServer> {
  const port = String(await freePort());
  // As in an environment that is activated: it may start programs beside it.
  const PATH = `${dirname(file)}${delimiter}${process.env.PATH}`;
  const child = spawn(file, args(port), {
    env: { ...process.env, PATH, ...env },
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  running.add(child);
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const address = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${address}${health}`).catch(() => null))?.ok) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it answered`);
    await delay(200);
  }
  return {
    address,
    cpu: () => cpuSecondsOfTree(child.pid!),
    stop: async () => {
      end(child, "SIGTERM");
      await ended;
      running.delete(child);
    },
  };
}
