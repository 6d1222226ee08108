import websocket from "@fastify/websocket";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import { type Context, handleProtocols } from "graphql-ws";
import { type Extra, makeHandler } from "graphql-ws/use/@fastify/websocket";
import type { Identity } from "../auth/identity.js";
import { AsofError } from "../errors/errors.js";
import { createContext } from "../resolvers/context.js";
import type { Services } from "../services.js";
import { actorOfSocket } from "./actor.js";
import { requireLocalName } from "./auth.js";
import { formatGraphQLError } from "./graphql-error.js";
import type { DocumentLimits } from "./limits/document-limits.js";

/** How long a client may take to answer a close before its connection is cut. */
const closeTimeoutMs = 1000;
const goingAway = 1001;
/** As graphql-ws closes what it refuses. */
const forbidden = 4403;
/** All that a close frame holds. */
const maxReasonBytes = 123;

export async function registerWebSocket(app: FastifyInstance, maxPayload: number): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload, handleProtocols },
    preClose: (done) => {
      void closeSockets(app).then(() => done());
    },
  });
  app.addHook("onRequest", async (request) => {
    if (request.ws) refuseOtherOrigins(request);
  });
}

/** A page of another site may open a WebSocket to us: unlike for fetch, no browser stops it. */
function refuseOtherOrigins({ headers: { origin }, host }: FastifyRequest): void {
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return;
  throw new AsofError("FORBIDDEN", `a page of ${JSON.stringify(origin)} may not open a WebSocket to ${host}`);
}

async function closeSockets({ websocketServer }: FastifyInstance): Promise<void> {
  const closing = [...websocketServer.clients].map(
    (socket) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(() => socket.terminate(), closeTimeoutMs);
        socket.once("close", () => {
          clearTimeout(timer);
          resolve();
        });
        socket.close(goingAway, "going away");
      }),
  );
  await Promise.all(closing);
  websocketServer.close();
}

type SocketExtra = Extra & { identity?: Identity; unwatch?: () => void };
type SocketContext = Context<Record<string, unknown> | undefined, SocketExtra>;

/** What stands for the authorization header, which a browser cannot set: `authorization` or `token`. */
function authorizationOf(
  params: Record<string, unknown> | undefined,
  header: string | undefined,
): string | undefined {
  if (typeof params?.token === "string") return `Bearer ${params.token}`;
  const given = params?.authorization ?? params?.Authorization;
  return typeof given === "string" ? given : header;
}

/** Asks a socket who it is, and closes it with 4403 if that does not hold, now or later. */
async function admitSocket({ auth }: Services, { connectionParams, extra }: SocketContext): Promise<boolean> {
  const { headers } = extra.request;
  const end = (reason: string) =>
    extra.socket.close(forbidden, Buffer.from(reason).subarray(0, maxReasonBytes).toString("latin1"));
  try {
    if (auth.open) requireLocalName(extra.request);
    const identity = await auth.authenticate(
      authorizationOf(connectionParams, headers.authorization),
      actorOfSocket(connectionParams, headers),
    );
    extra.identity = identity;
    extra.unwatch = auth.watch(identity, end);
    return true;
  } catch (error) {
    if (!(error instanceof AsofError)) throw error;
    end(`${error.code}: ${error.message}`);
    return false;
  }
}

/** GraphQL over WebSocket, sub-protocol graphql-transport-ws. */
export function webSocketHandler(
  schema: GraphQLSchema,
  services: Services,
  app: FastifyInstance,
  limits: DocumentLimits,
) {
  const format = (errors: readonly GraphQLError[]) =>
    errors.map((error) => formatGraphQLError(error, app.log));
  return makeHandler<Record<string, unknown>>({
    // Whatever still goes wrong is closed without its message.
    isProd: true,
    onConnect: (context) => admitSocket(services, context as SocketContext),
    onClose: ({ extra }) => (extra as SocketExtra).unwatch?.(),
    onSubscribe: ({ extra }: SocketContext, _id, payload) => {
      try {
        if (extra.identity!.kind !== "open") app.rateLimiter.take(extra.identity!.id);
        limits.checkDocument(payload.query);
        const document = parse(payload.query);
        const errors = validate(schema, document);
        if (errors.length > 0) return errors;
        limits.checkOperation(document, payload.operationName, payload.variables);
        return {
          schema,
          document,
          operationName: payload.operationName,
          variableValues: payload.variables,
          contextValue: createContext(services, extra.identity!),
        };
      } catch (error) {
        return [
          error instanceof GraphQLError ? error : new GraphQLError("", { originalError: error as Error }),
        ];
      }
    },
    onNext: (_ctx, _id, _payload, _args, { errors, ...result }) =>
      errors ? { ...result, errors: format(errors) } : result,
    onError: (_ctx, _id, _payload, errors) => format(errors),
  });
}
