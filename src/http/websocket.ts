import websocket from "@fastify/websocket";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { handleProtocols } from "graphql-ws";
import type { WebSocket } from "ws";
import { AsofError } from "../errors/errors.js";
import { SocketOperations } from "./socket-operations.js";

/** How long a client may take to answer a close before its connection is cut. */
const closeTimeoutMs = 1000;
const goingAway = 1001;

export async function registerWebSocket(app: FastifyInstance, maxPayload: number): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload, handleProtocols },
    preClose: (done) => {
      void closeSockets(app).then(() => done());
    },
  });
  app.addHook("onRequest", async (request) => {
    if (request.ws && !app.allowsOrigin(request.headers.origin)) refuseOtherOrigins(request);
  });
}

/** A page of another site may open a WebSocket to us: unlike for fetch, no browser stops it. */
function refuseOtherOrigins({ headers: { origin }, host }: FastifyRequest): void {
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return;
  throw new AsofError("FORBIDDEN", `a page of ${JSON.stringify(origin)} may not open a WebSocket to ${host}`);
}

/** Subscriptions end at once, with them their socket; what is being answered is answered first. */
async function closeSockets(app: FastifyInstance): Promise<void> {
  app.stopping = true;
  const { websocketServer } = app;
  await Promise.all(
    [...websocketServer.clients].map(async (socket) => {
      await SocketOperations.of(socket).idle();
      await closeSocket(socket);
    }),
  );
  websocketServer.close();
}

function closeSocket(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) return resolve();
    const timer = setTimeout(() => socket.terminate(), closeTimeoutMs);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(goingAway, "going away");
  });
}
