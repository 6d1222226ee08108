import type { Identity } from "../../auth/identity.js";
import { ServiceBusyError, TooManyOperationsError } from "../../errors/limit-errors.js";
import type { SocketLimits } from "../../socket-limits.js";

/** What goes back when the operation ends; safe to call twice. */
export type Leave = () => void;

/**
 * Operations over WebSocket that are open in this process: who wants another one asks here first, before anything is read
 * of it, so that what is refused costs nothing.
 */
export class OperationPlaces {
  #all = 0;
  readonly #ofCallers = new Map<string, number>();

  constructor(private readonly limits: SocketLimits) {}

  /**
   * @param onSocket operations that the socket has open
   * @throws {TooManyOperationsError} as many as the socket, or the caller, may have
   * @throws {ServiceBusyError} as many as the process takes on
   */
  take({ kind, id }: Pick<Identity, "kind" | "id">, onSocket: number): Leave {
    const { operationsPerSocket, operationsPerCaller, operations } = this.limits;
    if (onSocket >= operationsPerSocket) throw new TooManyOperationsError("one socket", operationsPerSocket);
    const own = this.#ofCallers.get(id) ?? 0;
    // On an open server everybody is the same.
    if (kind !== "open" && own >= operationsPerCaller)
      throw new TooManyOperationsError("the sockets of one token", operationsPerCaller);
    if (this.#all >= operations)
      throw new ServiceBusyError(`${operations} operations over WebSocket are open in this process`, 10);
    this.#all++;
    this.#ofCallers.set(id, own + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#all--;
      const still = this.#ofCallers.get(id)! - 1;
      if (still > 0) this.#ofCallers.set(id, still);
      else this.#ofCallers.delete(id);
    };
  }
}
