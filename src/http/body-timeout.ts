import { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Its body is a file of any size, which it reads as it comes. */
    streamed?: boolean;
  }
}

/** To receive one request whole; a client slower than this is cut off. */
export const BODY_TIMEOUT_MS = 120_000;

/** Cuts off who sends a body too slowly, but for routes that stream it. Node's own limit knows no routes. */
export function registerBodyTimeout(app: FastifyInstance, limitMs = BODY_TIMEOUT_MS): void {
  app.addHook("onRequest", ({ raw, routeOptions, ws }, _reply, done) => {
    const hasBody =
      raw.headers["transfer-encoding"] !== undefined || Number(raw.headers["content-length"]) > 0;
    // A request of the process to itself has no connection to cut.
    if (hasBody && raw.socket instanceof Socket && !ws && !routeOptions.config?.streamed) {
      const cutOff = () => raw.socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
      const timer = setTimeout(cutOff, limitMs).unref();
      const received = () => clearTimeout(timer);
      raw.once("end", received).once("close", received);
    }
    done();
  });
}
