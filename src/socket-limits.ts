/** Operations over WebSocket that may be open at once, subscriptions above all. */
export interface SocketLimits {
  operationsPerSocket: number;
  /** Of one token or JWT subject, over all its sockets in one process. */
  operationsPerCaller: number;
  /** Of one process. */
  operations: number;
}

/** An event is executed for each of its subscribers: a thousand take some 100 ms of a process. */
export const defaultSocketLimits: SocketLimits = {
  operationsPerSocket: 100,
  operationsPerCaller: 1_000,
  operations: 10_000,
};
