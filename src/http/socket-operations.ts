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
}

const ofSockets = new WeakMap<WebSocket, SocketOperations>();

/** What one socket asks, for the log and for those who wait until it may be closed. */
export class SocketOperations {
  readonly #open = new Map<string, SocketOperation>();
  #begun = 0;
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

  begin(id: string, operation: SocketOperation): void {
    this.#open.set(id, operation);
  }

  get(id: string): SocketOperation | undefined {
    return this.#open.get(id);
  }

  /** One line of the log, as for a request over HTTP. */
  end(id: string, actor: string | undefined, log: FastifyBaseLogger): void {
    const operation = this.#open.get(id);
    if (!operation) return;
    this.#open.delete(id);
    const { scope, type, name, answers, outcome } = operation;
    const ms = Math.round(performance.now() - scope.startedAt);
    log.info(
      { reqId: scope.id, actor, operation: name, type, answers, outcome, ms },
      "operation over WebSocket",
    );
    if (!this.#answering()) this.#idle?.();
  }

  /** The client is gone: nobody waits for what it asked. What it wanted changed goes on. */
  abandon(): void {
    for (const { scope, type } of this.#open.values()) if (type === "query") scope.end(new ClientGoneError());
  }

  /** Resolves when no query and no mutation is being answered; subscriptions would never end. */
  idle(): Promise<void> {
    if (!this.#answering()) return Promise.resolve();
    return new Promise((resolve) => {
      // What it is told at last must be on its way before the socket is closed.
      this.#idle = () => setImmediate(resolve);
    });
  }

  #answering(): boolean {
    return [...this.#open.values()].some(({ type }) => type === "query" || type === "mutation");
  }
}
