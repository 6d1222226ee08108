import type { FastifyBaseLogger } from "fastify";
import type { WebSocket } from "ws";
import { ClientGoneError } from "../errors/limit-errors.js";
import type { RequestScope } from "../observability/request-scope.js";

/** One operation over WebSocket, from `subscribe` to `complete`. */
export interface SocketOperation {
  scope: RequestScope;
  type: "query" | "mutation" | "subscription" | "invalid";
  name: string | undefined;
  /** Answers sent: the events of a subscription. */
  answers: number;
  /** `ok`, or the code of the first error. */
  outcome: string;
  /** Makes room for another one. */
  leave(): void;
}

const ofSockets = new WeakMap<WebSocket, SocketOperations>();

/** What one socket asks, for the log and for those who wait until it may be closed. */
export class SocketOperations {
  /** By what was sent: a client may take an id again before the operation that had it has ended. */
  readonly #open = new Map<object, SocketOperation>();
  #begun = 0;
  #refused = 0;
  #idle: (() => void) | null = null;

  static of(socket: WebSocket): SocketOperations {
    let operations = ofSockets.get(socket);
    if (!operations) {
      operations = new SocketOperations();
      ofSockets.set(socket, operations);
    }
    return operations;
  }

  /** The socket's request id and the operation's number on it: `4f1c….3`. */
  nextId(requestId: string): string {
    this.#begun++;
    return `${requestId}.${this.#begun}`;
  }

  /** Open now. */
  get size(): number {
    return this.#open.size;
  }

  /** @returns how many of this socket's operations were refused so far */
  refuse(): number {
    return ++this.#refused;
  }

  begin(asked: object, operation: SocketOperation): void {
    this.#open.set(asked, operation);
  }

  get(asked: object): SocketOperation | undefined {
    return this.#open.get(asked);
  }

  /** One line of the log, as for a request over HTTP. */
  end(asked: object, actor: string | undefined, log: FastifyBaseLogger): void {
    const operation = this.#open.get(asked);
    if (!operation) return;
    this.#open.delete(asked);
    operation.leave();
    const { scope, type, name, answers, outcome } = operation;
    const ms = Math.round(performance.now() - scope.startedAt);
    log.info(
      { reqId: scope.id, actor, operation: name, type, answers, outcome, ms },
      "operation over WebSocket",
    );
    if (!this.#answering()) this.#idle?.();
  }

  /** The client is gone: its queries are cancelled, its mutations continue. */
  abandon(): void {
    for (const { scope, type, leave } of this.#open.values()) {
      leave();
      if (type === "query") scope.end(new ClientGoneError());
    }
  }

  /** Resolves when no query and no mutation is being answered; subscriptions would never end. */
  idle(): Promise<void> {
    if (!this.#answering()) return Promise.resolve();
    return new Promise((resolve) => {
      // The last message must be sent before the socket is closed.
      this.#idle = () => setImmediate(resolve);
    });
  }

  #answering(): boolean {
    return [...this.#open.values()].some(({ type }) => type === "query" || type === "mutation");
  }
}
