import { type ChildProcess, spawn } from "node:child_process";
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { GraphQLClient } from "../../tests/support/graphql.js";
import { pssMegabytesOf } from "../support/cpu.js";
import { startOptions } from "../support/start-options.js";
import type { Checkout } from "./checkout.js";
import { cpuSecondsIn, processesIn } from "./processes.js";

/** Requests under way at once. */
const CONNECTIONS = 16;
const READY_WITHIN_MS = 180_000;

export interface Sent {
  method: "GET" | "POST";
  path: string;
  body?: unknown;
}

/** One of the two commits, as a client and the operating system see it: nothing here knows its code. */
export class Side {
  client!: GraphQLClient;
  #child: ChildProcess | undefined;
  #address = "";
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  constructor(
    readonly checkout: Checkout,
    private readonly dataDir: string,
  ) {}

  /** Until /ready says so. */
  async start(): Promise<void> {
    const { folder, home } = this.checkout;
    const child = spawn(process.execPath, [...startOptions(folder), "dist/main.js"], {
      cwd: folder,
      // A Ctrl-C is for us alone: we end it.
      detached: true,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: "production",
        HOST: "127.0.0.1",
        PORT: "0",
        LOG_LEVEL: "info",
        SHUTDOWN_DRAIN_MS: "0",
        ASOF_HOME: home,
        DATA_DIR: this.dataDir,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    const lines: string[] = [];
    createInterface({ input: child.stderr! }).on("line", (line) => lines.push(line));
    const address = new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on("line", (line) => {
        lines.splice(0, lines.length - 50);
        lines.push(line);
        const found = /Server listening at (http:\/\/[\d.:]+)/.exec(line)?.[1];
        if (found) resolve(found);
      });
      child.once("exit", (code) => reject(new Error(`asof ended with ${code}:\n${lines.join("\n")}`)));
    });
    this.#address = await address;
    this.client = new GraphQLClient(this.#address, "bench");
    const until = Date.now() + READY_WITHIN_MS;
    while ((await fetch(`${this.#address}/ready`)).status !== 200) {
      if (Date.now() > until) throw new Error(`not ready after ${READY_WITHIN_MS / 1000} s`);
      await wait(20);
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    }
    // The database is stopped by what started it; its processes may end a moment later.
    for (let i = 0; i < 200 && processesIn(this.checkout.places()).length > 0; i++) await wait(50);
  }

  /** CPU seconds of all of its processes while `work` ran. */
  async cpuOf(work: () => Promise<unknown>): Promise<number> {
    const before = cpuSecondsIn(this.checkout.places());
    await work();
    return cpuSecondsIn(this.checkout.places()) - before;
  }

  /** Megabytes of all of its processes; what they share counts once. */
  memory(): number {
    return processesIn(this.checkout.places()).reduce((sum, pid) => sum + pssMegabytesOf(pid), 0);
  }

  /** All of them, so many at once. @throws {Error} an answer that is none */
  async send(requests: readonly Sent[]): Promise<void> {
    const left = requests.values();
    const converse = async () => {
      for (const one of left) await this.#sendOne(one);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, converse));
  }

  #sendOne({ method, path, body }: Sent): Promise<void> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#address}${path}`, { method, headers, agent: this.#agent }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.once("error", reject);
        answer.once("end", () => {
          const start = Buffer.concat(chunks).toString("utf8", 0, 500);
          if (answer.statusCode === 200 && !start.startsWith('{"errors"')) resolve();
          else reject(new Error(`${method} ${path} was answered ${answer.statusCode}: ${start}`));
        });
      });
      sent.once("error", reject);
      sent.end(text);
    });
  }
}
