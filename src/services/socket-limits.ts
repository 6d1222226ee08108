/** WebSockets, and operations over them, that may be open at once: subscriptions above all. */
export interface SocketLimits {
  /** Of one token or JWT subject in one process. */
  socketsPerCaller: number;
  /** Of one process. */
  sockets: number;
  operationsPerSocket: number;
  /** Of one token or JWT subject, over all its sockets in one process. */
  operationsPerCaller: number;
  /** Of one process. */
  operations: number;
}

/** A client that is gone is noticed within two of these. */
export const KEEP_ALIVE_MS = 12_000;

/** An event is executed for each of its subscribers: a thousand take some 100 ms of a process. */
export const defaultSocketLimits: SocketLimits = {
  socketsPerCaller: 1_000,
  sockets: 10_000,
  operationsPerSocket: 100,
  operationsPerCaller: 1_000,
  operations: 10_000,
};
