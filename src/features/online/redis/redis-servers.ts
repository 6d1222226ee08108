import type { RedisHost, RedisTarget } from "./redis-url.js";

/** The name of a command and its arguments. */
export type RedisCommand = string[];

/** What is behind a URL: one server, a Cluster's primaries, or the primary that Sentinels name. */
export interface RedisServers {
  /** Settles with the first connection. */
  readonly connected: Promise<void>;
  /** The server that keeps a key now, `host:port`; null while none is known or connected. */
  placeOf(key: string): string | null;
  send(key: string, command: RedisCommand): Promise<unknown>;
  /** The servers that take writes, as far as they are known; each keeps other keys. */
  primaries(): readonly RedisPrimary[];
  close(): void;
}

export interface RedisPrimary {
  readonly place: string;
  /** A word that this server keeps as a key's hash tag; empty where one server keeps every key. */
  readonly tag: string;
  send(command: RedisCommand): Promise<unknown>;
}

export const CONNECT_MS = 2_000;

/** For a connection to one server. A lost one fails at once instead of queueing, and connects again by itself. */
export const connection = ({ tls, username, password }: RedisTarget) => ({
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  disableOfflineQueue: true,
  commandsQueueMaxLength: QUEUE,
  socket: { connectTimeout: CONNECT_MS, ...(tls ? { tls: true as const } : {}) },
});

/** A batch has one timer, kept by the link; the client would start one for every command. */
export const NO_TIMER = { timeout: undefined };

/** What waits for a server that has stopped reading; more is refused at once. */
const QUEUE = 100_000;

/** IPv6 addresses as they stand in a URL. */
export const placeOfHost = ({ host, port }: RedisHost): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

const AGAIN_MS = 1_000;

/** Calls `connect` until it succeeds or `closed` says so; clients of several servers give up by themselves. */
export async function untilConnected(connect: () => Promise<unknown>, closed: AbortSignal): Promise<void> {
  while (!closed.aborted) {
    try {
      await connect();
      return;
    } catch {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, AGAIN_MS);
        function done(): void {
          clearTimeout(timer);
          closed.removeEventListener("abort", done);
          resolve();
        }
        closed.addEventListener("abort", done);
      });
    }
  }
}
