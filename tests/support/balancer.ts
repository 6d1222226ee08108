import { setTimeout as delay } from "node:timers/promises";
import type { TestProcess } from "./process.js";

export interface BalancedAnswer {
  from: TestProcess;
  /** Of the attempt that was answered; by `performance.now()`. */
  sentAt: number;
  answeredAt: number;
  status: number;
  body: any;
  /** Whose connections broke before. */
  broken: TestProcess[];
}

const PROBE_MS = 100;
/** What is not answered after this hangs. */
const HANGS_AFTER_MS = 20_000;

/**
 * Sends requests to several processes as a load balancer does: in turn to those whose `/ready` says 200, to all in turn
 * where none does. A request whose connection breaks is sent to another one.
 */
export class Balancer {
  readonly #ready = new Map<TestProcess, boolean>();
  readonly #sent = new Map<TestProcess, number>();
  #next = 0;
  #closed = false;

  constructor(processes: readonly TestProcess[]) {
    for (const each of processes) this.add(each);
  }

  /** It gets requests as soon as it is ready. */
  add(added: TestProcess): void {
    this.#ready.set(added, false);
    void this.#probe(added);
  }

  remove(removed: TestProcess): void {
    this.#ready.delete(removed);
  }

  close(): void {
    this.#closed = true;
  }

  ready(): TestProcess[] {
    return [...this.#ready].flatMap(([each, isReady]) => (isReady ? [each] : []));
  }

  /** How many requests it was sent, answered or not. */
  sentTo(one: TestProcess): number {
    return this.#sent.get(one) ?? 0;
  }

  /** @throws {Error} every process broke its connection, or one of them does not answer */
  async post(path: string, body: unknown, only?: TestProcess): Promise<BalancedAnswer> {
    const broken: TestProcess[] = [];
    for (;;) {
      const from = only ?? this.#pick(broken);
      if (!from) throw new Error(`${path}: no process was left to send it to`);
      let [text, status] = ["", 0];
      const sentAt = performance.now();
      this.#sent.set(from, this.sentTo(from) + 1);
      try {
        const response = await fetch(`${from.client.address}${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(HANGS_AFTER_MS),
        });
        text = await response.text();
        status = response.status;
      } catch (error) {
        if (only || (error as Error).name === "TimeoutError") throw error;
        broken.push(from);
        if (this.#ready.has(from)) this.#ready.set(from, false);
        continue;
      }
      return { from, sentAt, answeredAt: performance.now(), status, body: JSON.parse(text), broken };
    }
  }

  #pick(broken: readonly TestProcess[]): TestProcess | undefined {
    const ready = this.ready();
    const usable = (ready.length > 0 ? ready : [...this.#ready.keys()]).filter(
      (each) => !broken.includes(each),
    );
    return usable[this.#next++ % usable.length];
  }

  async #probe(one: TestProcess): Promise<void> {
    while (!this.#closed && this.#ready.has(one)) {
      const signal = AbortSignal.timeout(HANGS_AFTER_MS);
      const isReady = await fetch(`${one.client.address}/ready`, { signal }).then(
        (response) => response.text().then(() => response.ok),
        () => false,
      );
      if (this.#ready.has(one)) this.#ready.set(one, isReady);
      await delay(PROBE_MS);
    }
  }
}
