import type { FastifyBaseLogger, FastifyRequest } from "fastify";
import { CloseCode, makeServer, type ServerOptions } from "graphql-ws";
import type { WebSocket } from "ws";

/** What is known of the socket wherever graphql-ws calls back. */
export interface SocketExtra {
  readonly socket: WebSocket;
  readonly request: FastifyRequest;
  /** The raw message that graphql-ws handles now: its parsed JSON may have changed numbers. */
  message?: string;
}

const internalError = "Internal server error";

/**
 * graphql-ws over @fastify/websocket. Its own adapter writes what clients do wrong to stderr; here that is a line of the
 * log, at warn: an operator has nothing to fix.
 */
export function serveSockets<P extends Record<string, unknown>, E extends SocketExtra>(
  options: ServerOptions<P, E>,
  log: FastifyBaseLogger,
  keepAliveMs: number,
): (socket: WebSocket, request: FastifyRequest) => void {
  const server = makeServer<P, E>(options);
  return (socket, request) => {
    const failed = (err: Error, what: string) => {
      log.warn({ reqId: request.id, err }, what);
      socket.close(CloseCode.InternalServerError, internalError);
    };
    socket.once("error", (err) =>
      failed(err, "a WebSocket client sent what is no frame, or too large a one"),
    );
    const stopPinging = keepAlive(socket, keepAliveMs);
    const extra: SocketExtra = { socket, request };
    const closed = server.opened(
      {
        protocol: socket.protocol,
        send: (data) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) return resolve();
            socket.send(data, (err) => (err ? reject(err) : resolve()));
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (receive) =>
          socket.on("message", (data) => {
            extra.message = String(data);
            receive(extra.message).catch((err) =>
              failed(err, "a message over WebSocket could not be handled"),
            );
            // What it asks for was subscribed before the first wait.
            extra.message = undefined;
          }),
      },
      extra as E,
    );
    socket.once("close", (code, reason) => {
      stopPinging();
      closed(code, String(reason)).catch((err) =>
        log.warn({ reqId: request.id, err }, "closing a WebSocket"),
      );
    });
  };
}

/** A client that does not answer a ping until the next one is gone. */
function keepAlive(socket: WebSocket, everyMs: number): () => void {
  let answered = true;
  socket.on("pong", () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return;
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, everyMs);
  return () => clearInterval(timer);
}
