import type { Notifications, Notified } from "./notifications.js";

/** From who hears by another's connection to who has it. */
export interface ListenRequest {
  kind: "listen";
  channels: readonly string[];
}

/** From who has the connection; `failure`: why it cannot listen. */
export type ListenNews =
  | { kind: "listening"; failure: string | null }
  | { kind: "notified"; channel: string; payload: string }
  | { kind: "reconnected" };

const NEWS: readonly string[] = ["listening", "notified", "reconnected"] satisfies ListenNews["kind"][];

export const isListenNews = (message: unknown): message is ListenNews =>
  NEWS.includes((message as { kind?: string } | null)?.kind ?? "");

export const isListenRequest = (message: unknown): message is ListenRequest =>
  (message as { kind?: string } | null)?.kind === "listen";

/** A way to who has the connection: messages of a thread or of a process. */
export interface ListenPort {
  post(request: ListenRequest): void;
  /** @returns what ends it */
  hear(listener: (news: ListenNews) => void): () => void;
}

/**
 * Notifications without a connection of its own: the process that this thread belongs to, or the first of several processes
 * on a port, listens for it.
 */
export class RelayedNotifications implements Notifications {
  readonly #channels = new Map<string, Set<Notified>>();
  readonly #reconnected = new Set<() => void>();
  readonly #waiting = new Set<(failure: string | null) => void>();
  readonly #deaf: () => void;

  constructor(private readonly port: ListenPort) {
    this.#deaf = port.hear((news) => this.#hear(news));
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

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add((failure) => (failure === null ? resolve() : reject(new Error(failure))));
      this.port.post({ kind: "listen", channels: [...this.#channels.keys()] });
    });
  }

  async close(): Promise<void> {
    this.#deaf();
  }

  #hear(news: ListenNews): void {
    if (news.kind === "notified") {
      for (const notified of this.#channels.get(news.channel) ?? []) notified(news.payload);
    } else if (news.kind === "reconnected") {
      for (const reconnected of this.#reconnected) reconnected();
    } else {
      for (const settle of this.#waiting) settle(news.failure);
      this.#waiting.clear();
    }
  }
}

/** Passes on what one who asked by a `ListenRequest` wants to hear, as long as it lives. */
export class ListenRelay {
  readonly #ends = new Map<string, () => void>();
  readonly #reconnected: () => void;

  constructor(
    private readonly notifications: Notifications,
    private readonly post: (news: ListenNews) => void,
  ) {
    this.#reconnected = notifications.onReconnect(() => post({ kind: "reconnected" }));
  }

  async answer({ channels }: ListenRequest): Promise<void> {
    for (const channel of channels) {
      if (this.#ends.has(channel)) continue;
      const pass = (payload: string) => this.post({ kind: "notified", channel, payload });
      this.#ends.set(channel, this.notifications.on(channel, pass));
    }
    const failure = await this.notifications.start().then(
      () => null,
      (error: Error) => error.message,
    );
    this.post({ kind: "listening", failure });
  }

  end(): void {
    this.#reconnected();
    for (const end of this.#ends.values()) end();
  }
}
