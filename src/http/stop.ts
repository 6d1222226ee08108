import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { StoppingError } from "../errors/limit-errors.js";

declare module "fastify" {
  interface FastifyInstance {
    /** Set once it is to stop: `/ready` says no, and connections are not kept for another request. */
    stopping: boolean;
    /** Connections that have not asked for anything yet: browsers and balancers open some ahead of need. */
    silent: Set<Socket>;
  }
}

/** How long answering the requests that were cut off may take. */
const TELL_MS = 300;
/** How long a connection that was opened before the port was closed may take to ask for something. */
const SPEAK_MS = 1_000;

/** Register it before the routes. */
export function registerStop(app: FastifyInstance): void {
  app.decorate("stopping", false);
  app.decorate("silent", new Set<Socket>());
  app.server.on("connection", (socket) => {
    app.silent.add(socket);
    socket.once("close", () => app.silent.delete(socket));
  });
  const speaks = ({ socket }: IncomingMessage) => void app.silent.delete(socket);
  app.server.on("request", speaks);
  app.server.on("upgrade", speaks);
  app.addHook("onRequest", (_request, reply, done) => {
    if (app.stopping) reply.header("connection", "close");
    done();
  });
}

/** Closes the port and waits for the requests under way; those that take longer than `limitMs` get 503, and are logged. */
export async function closeHttp(app: FastifyInstance, limitMs: number): Promise<void> {
  app.stopping = true;
  const timers = [
    setTimeout(() => {
      for (const socket of app.silent) socket.destroy();
    }, SPEAK_MS),
    setTimeout(() => cutOff(app), limitMs),
    setTimeout(() => app.server.closeAllConnections(), limitMs + TELL_MS),
  ];
  await app.close().finally(() => timers.forEach(clearTimeout));
}

function cutOff(app: FastifyInstance): void {
  const left = [...app.underWay];
  const now = performance.now();
  const requests = left.map(({ id, what, startedAt }) => ({
    reqId: id,
    what,
    ms: Math.round(now - startedAt),
  }));
  if (left.length > 0)
    app.log.warn({ requests }, "stopping: these were not answered in time and are cut off");
  for (const scope of left) scope.end(new StoppingError());
}
