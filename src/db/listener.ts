import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { createClient, quote } from "./pool.js";

/** Short: until it listens again, a promotion made elsewhere waits here, though requests are answered already. */
const RECONNECT_MS = 200;

export type Notified = (payload: string) => void;

/**
 * One connection that LISTENs for the whole process. After a lost connection it connects again, and calls every
 * `onReconnect`, because notifications sent meanwhile are gone: readers catch up from the tables.
 */
export class Listener {
  #client: pg.Client | null = null;
  readonly #channels = new Map<string, Set<Notified>>();
  readonly #reconnected = new Set<() => void>();
  readonly #closing = new AbortController();

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
    this.#closing.abort();
    await this.#client?.end().catch(() => {});
  }

  async #connect(): Promise<void> {
    const client = createClient(this.url);
    client.on("error", () => {}); // "end" follows
    client.on("notification", ({ channel, payload }) => {
      for (const notified of this.#channels.get(channel) ?? []) notified(payload ?? "");
    });
    try {
      await client.connect();
      for (const channel of this.#channels.keys()) await client.query(`listen ${quote(channel)}`);
      this.#closing.signal.throwIfAborted();
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    // Only now: until here a lost connection is the failure of this call, and its caller tries again.
    client.once("end", () => {
      this.#client = null;
      void this.#reconnect();
    });
    this.#client = client;
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#connect();
        for (const reconnected of this.#reconnected) reconnected();
        return;
      } catch {
        await delay(RECONNECT_MS, undefined, { signal }).catch(() => {});
      }
    }
  }
}
