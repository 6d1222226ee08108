import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { GraphQLSchema } from "graphql";
import { ServiceBusyError } from "../errors/limit-errors.js";
import { createContext, type GraphQLContext } from "../resolvers/context.js";
import type { Services } from "../services/services.js";
import { startApollo } from "./apollo.js";
import { errorStatus } from "./error-status.js";
import { requireExactJson } from "./exact-body.js";
import { webSocketHandler } from "./graphql-ws.js";
import { executeKnown, KnownOperations, sendKnown } from "./known-operations.js";
import { Admission } from "./limits/admission.js";
import { DocumentLimits } from "./limits/document-limits.js";
import { SocketPlaces } from "./limits/socket-places.js";
import type { Metrics } from "./metrics.js";
import { undocumented } from "./openapi/route-api.js";
import { asksForPlayground, createPlayground } from "./playground.js";
import { toPublicError } from "./rest-error.js";

/** Of one operation over HTTP: 100 000 rows of historicalFeatures with keys of 100 characters fit. */
const maxOperationBytes = 16 * 1024 * 1024;

const GRAPHQL = undocumented("schema.graphql and introspection describe it");

/** One path for all of GraphQL: operations over HTTP, operations over WebSocket, and the playground. */
export async function registerGraphQL(
  app: FastifyInstance,
  schema: GraphQLSchema,
  services: Services,
  metrics: Metrics,
): Promise<void> {
  const limits = new DocumentLimits(schema, services.config.graphqlLimits);
  const known = new KnownOperations(schema);
  const admission = new Admission();
  const places = new SocketPlaces(services.config.socketLimits);
  const apollo = await startApollo(schema, app.log, metrics, limits, admission, known);
  app.addHook("onClose", () => apollo.stop());
  const servePlayground = await createPlayground(services.definitions);
  /** Of queries that Apollo is to answer after all: what was loaded is not loaded, or counted, again. */
  const begun = new WeakMap<FastifyRequest, GraphQLContext>();
  const execute = fastifyApolloHandler(apollo, {
    context: async (request) =>
      begun.get(request) ?? createContext(services, request.identity, request.reads),
  }) as RouteHandlerMethod;

  const limited = async ({ body }: FastifyRequest) => {
    limits.refuseBatch(body);
    limits.checkDocument((body as { query?: unknown } | null)?.query);
  };
  const executePost: RouteHandlerMethod = async function (request, reply) {
    const operation = known.find(request);
    const cost = operation ? limits.costOf(operation) : null;
    if (operation && cost !== null) {
      const leave = await request.scope!.run(() => admission.enter(cost));
      const end = metrics.operationSeconds.startTimer();
      const context = createContext(services, request.identity, request.reads);
      const answer = () => executeKnown(operation, context, request.log);
      const body = await (operation.detached ? answer() : request.scope!.run(answer)).finally(leave);
      if (body !== null) {
        end({ operation: "query" });
        // Its client has been answered without it.
        if (request.scope!.ended) throw request.scope!.ended;
        return sendKnown(reply, body);
      }
      begun.set(request, context);
    }
    return request.scope!.run(async () => execute.call(this, request, reply));
  };
  await app.register(async (scope) => {
    scope.setErrorHandler(sendGraphQLError);
    scope.addHook("onSend", setRetryAfter);
    const post = {
      bodyLimit: maxOperationBytes,
      preHandler: limited,
      config: { rule: "field", detached: true, api: GRAPHQL },
    } as const;
    scope.post("/graphql", post, executePost);
    scope.route({
      method: "GET",
      url: "/graphql",
      config: { rule: "field", api: GRAPHQL },
      preHandler: async (request, reply) => {
        if (request.ws) places.requireRoom(app.websocketServer.clients.size);
        if (asksForPlayground(request)) return servePlayground(request, reply);
        const { query, variables } = request.query as { query?: unknown; variables?: unknown };
        limits.checkDocument(query);
        if (typeof variables === "string") requireExactJson(variables);
      },
      handler: execute,
      wsHandler: webSocketHandler(schema, services, app, limits, admission, places),
    });
  });
}

/** 503 where the busy process answered nothing at all; with part of an answer the status stays 200. */
async function setRetryAfter(
  { scope }: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const seconds = scope?.retryAfterSeconds ?? null;
  if (seconds === null) return payload;
  reply.header("retry-after", seconds);
  if (typeof payload === "string" && (JSON.parse(payload) as { data?: unknown }).data == null) {
    reply.code(errorStatus.SERVICE_BUSY);
  }
  return payload;
}

/** What fails before GraphQL sees the request, such as a body that is no JSON, in GraphQL's shape. */
function sendGraphQLError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, message, details } = toPublicError(error, request.log);
  if (error instanceof ServiceBusyError) reply.header("retry-after", error.retryAfterSeconds);
  return reply.code(status).send({ errors: [{ message, extensions: { ...details, code } }] });
}
