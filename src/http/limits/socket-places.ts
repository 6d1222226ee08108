import type { Identity } from "../../auth/identity.js";
import { ServiceBusyError, TooManyOperationsError, TooManySocketsError } from "../../errors/limit-errors.js";
import type { SocketLimits } from "../../services/socket-limits.js";

/** What goes back when the socket or the operation ends; safe to call twice. */
export type Leave = () => void;

type Caller = Pick<Identity, "kind" | "id">;

/** What is open in this process: in all, and of each caller. */
class Open {
  all = 0;
  readonly #ofCallers = new Map<string, number>();

  of(id: string): number {
    return this.#ofCallers.get(id) ?? 0;
  }

  add(id: string): Leave {
    this.all++;
    this.#ofCallers.set(id, this.of(id) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.all--;
      const still = this.of(id) - 1;
      if (still > 0) this.#ofCallers.set(id, still);
      else this.#ofCallers.delete(id);
    };
  }
}

/**
 * WebSockets, and operations over them, that are open in this process: who wants another one asks here first, before
 * anything is read of it, so that what is refused costs nothing.
 */
export class SocketPlaces {
  readonly #sockets = new Open();
  readonly #operations = new Open();

  constructor(private readonly limits: SocketLimits) {}

  /** Asked before it is known whose the socket is. @throws {ServiceBusyError} as many are open as the process takes on */
  requireRoom(open: number): void {
    const { sockets } = this.limits;
    if (open >= sockets) throw new ServiceBusyError(`${sockets} WebSockets are open in this process`, 10);
  }

  /** @throws {TooManySocketsError} as many as the caller may have */
  takeSocket({ kind, id }: Caller): Leave {
    const { socketsPerCaller } = this.limits;
    // On an open server all clients count as one.
    if (kind !== "open" && this.#sockets.of(id) >= socketsPerCaller)
      throw new TooManySocketsError(socketsPerCaller);
    return this.#sockets.add(id);
  }

  /**
   * @param onSocket operations that the socket has open
   * @throws {TooManyOperationsError} as many as the socket, or the caller, may have
   * @throws {ServiceBusyError} as many as the process takes on
   */
  takeOperation({ kind, id }: Caller, onSocket: number): Leave {
    const { operationsPerSocket, operationsPerCaller, operations } = this.limits;
    if (onSocket >= operationsPerSocket) throw new TooManyOperationsError("one socket", operationsPerSocket);
    if (kind !== "open" && this.#operations.of(id) >= operationsPerCaller)
      throw new TooManyOperationsError("the sockets of one token", operationsPerCaller);
    if (this.#operations.all >= operations)
      throw new ServiceBusyError(`${operations} operations over WebSocket are open in this process`, 10);
    return this.#operations.add(id);
  }
}
