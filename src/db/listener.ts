import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Notifications, Notified } from "./notifications.js";
import { createClient, quote } from "./pool.js";

/** Short: until it listens again, a promotion made elsewhere waits here, though requests are answered already. */
const RECONNECT_MS = 200;

/**
 * One connection that LISTENs for the whole process, or for all processes that serve one port. After a lost connection it
 * connects again, and calls every `onReconnect`, because notifications sent meanwhile are gone: readers catch up from the
 * tables.
 */
export class Listener implements Notifications {
  #client: pg.Client | null = null;
  #started = false;
  readonly #channels = new Map<string, Set<Notified>>();
  readonly #reconnected = new Set<() => void>();
  readonly #closing = new AbortController();

  constructor(private readonly url: string) {}

  async start(): Promise<void> {
    if (!this.#started) {
      await this.#connect();
      this.#started = true;
    } else if (this.#client) await this.#listen(this.#client);
    // Otherwise it is connecting again: all channels are listened to, and `onReconnect` says that there were none.
  }

  on(channel: string, notified: Notified): () => void {
    const set = this.#channels.get(channel) ?? new Set();
    set.add(notified);
    this.#channels.set(channel, set);
    return () => set.delete(notified);
  }

  onReconnect(reconnected: () => void): () => void {
    this.#reconnected.add(reconnected);
    return () => this.#reconnected.delete(reconnected);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#client?.end().catch(() => {});
  }

  async #listen(client: pg.Client): Promise<void> {
    for (const channel of this.#channels.keys()) await client.query(`listen ${quote(channel)}`);
  }

  async #connect(): Promise<void> {
    const client = createClient(this.url, "listen");
    client.on("error", () => {}); // "end" follows
    client.on("notification", ({ channel, payload }) => {
      for (const notified of this.#channels.get(channel) ?? []) notified(payload ?? "");
    });
    try {
      await client.connect();
      await this.#listen(client);
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
