import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { createClient, quote } from "./pool.js";

export type Notified = (payload: string) => void;

/**
 * One connection that LISTENs for the whole process. After a lost connection it connects again with growing
 * pauses and calls every `onReconnect`, because notifications sent meanwhile are gone: readers catch up from
 * the tables.
 */
export class Listener {
  #client: pg.Client | null = null;
  #closed = false;
  readonly #channels = new Map<string, Set<Notified>>();
  readonly #reconnected = new Set<() => void>();
  readonly #stop = new AbortController();

  constructor(private readonly url: string) {}

  async start(): Promise<void> {
    await this.#connect();
  }

  /** Must be called before `start`. */
  on(channel: string, notified: Notified): void {
    const set = this.#channels.get(channel) ?? new Set();
    set.add(notified);
    this.#channels.set(channel, set);
  }

  onReconnect(reconnected: () => void): void {
    this.#reconnected.add(reconnected);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop.abort();
    await this.#client?.end().catch(() => {});
  }

  async #connect(): Promise<void> {
    const client = createClient(this.url);
    client.on("notification", ({ channel, payload }) => {
      for (const notified of this.#channels.get(channel) ?? []) notified(payload ?? "");
    });
    let lost = false;
    const onLost = () => {
      if (lost) return;
      lost = true;
      this.#client = null;
      if (!this.#closed) void this.#reconnect();
    };
    client.on("error", onLost);
    await client.connect();
    client.on("end", onLost);
    for (const channel of this.#channels.keys()) await client.query(`listen ${quote(channel)}`);
    this.#client = client;
  }

  async #reconnect(): Promise<void> {
    for (let pauseMs = 100; !this.#closed; pauseMs = Math.min(pauseMs * 2, 5_000)) {
      try {
        await this.#connect();
        for (const reconnected of this.#reconnected) reconnected();
        return;
      } catch {
        await delay(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      }
    }
  }
}
