import type { IncomingMessage } from "node:http";
import cookie from "@fastify/cookie";
import { type FastifyBaseLogger, type FastifyInstance, fastify } from "fastify";
import type { Protocol } from "../auth/identity.js";
import { buildAsofSchema } from "../resolvers/build-schema.js";
import type { CommonServices, Services } from "../services/services.js";
import { registerArtifacts } from "./artifacts.route.js";
import { registerAudit } from "./audit.js";
import { registerAuth } from "./auth.js";
import { registerBodyTimeout } from "./body-timeout.js";
import { addressOfPage, registerConsole } from "./console.js";
import { registerCors } from "./cors.js";
import { withCountedPredictions } from "./counted-predictor.js";
import { registerExactBodies } from "./exact-body.js";
import { registerFeatures } from "./features.route.js";
import { registerGraphQL } from "./graphql.route.js";
import { registerHealth } from "./health.route.js";
import { registerHeldOut } from "./held-out.route.js";
import { registerHistoricalFeatures } from "./historical-features.route.js";
import { createMetrics } from "./metrics.js";
import { registerMetrics } from "./metrics.route.js";
import { registerModelArchives } from "./model-archive.route.js";
import { registerKnownRoutes } from "./openapi/known-routes.js";
import { registerOpenApi } from "./openapi/openapi.route.js";
import { registerOwnServices } from "./own-services.js";
import { registerPredict } from "./predict.route.js";
import { lazyChild, REQUEST_ID_HEADER, RequestLog, requestIdOf } from "./request-log.js";
import { registerRequestScopes } from "./request-scopes.js";
import { sendRestError, sendUnknownRoute } from "./rest-error.js";
import { registerSession } from "./session.js";
import { registerSignIn } from "./sign-in.js";
import { registerStop } from "./stop.js";
import { registerUpload } from "./upload.route.js";
import { registerWebSocket } from "./websocket.js";

export interface HttpAppOptions {
  /** Absent: JSON lines on standard output at the configuration's level. */
  logger?: FastifyBaseLogger;
  /** Protocols of other clients, each with its routes. */
  facades?: readonly Facade[];
}

/** A protocol of other clients, translated onto the services that GraphQL calls: it keeps nothing of its own. */
export interface Facade {
  readonly name: Protocol;
  /** Adds its routes; each says its role, and asks `request.services` for data. */
  register(app: FastifyInstance, services: CommonServices): Promise<void>;
}

/** Of one request or one WebSocket message: 10 000 ids of the longest kind fit twice. */
const maxBodyBytes = 4 * 1024 * 1024;
/** To receive a file of any size. Every other request is to come within `BODY_TIMEOUT_MS`. */
const uploadTimeoutMs = 6 * 3_600_000;

/**
 * Everything asof serves on one port; the caller listens and closes. Closing answers the requests under
 * way, ends WebSockets with 1001 and touches no service.
 */
export async function buildHttpApp(
  services: Services,
  options: HttpAppOptions = {},
): Promise<FastifyInstance> {
  const app = await createServer(services, options);
  await registerWebSocket(app, maxBodyBytes);
  // Before what asks who sends a request.
  await app.register(cookie);
  registerAuth(app, services);
  registerAudit(app, services);
  registerSession(app, services);
  registerSignIn(app, services);
  const metrics = createMetrics(services, () => app.websocketServer.clients.size);
  const counted = withCountedPredictions(services, metrics);
  registerOwnServices(app, counted);
  registerMetrics(app, metrics, services.config.metricsPublic);
  registerHealth(app, counted);
  registerFeatures(app, counted);
  registerPredict(app, counted);
  registerArtifacts(app);
  await registerUpload(app);
  await registerModelArchives(app);
  registerHeldOut(app, counted);
  await registerHistoricalFeatures(app, counted);
  for (const facade of options.facades ?? []) await registerFacade(app, facade, counted);
  registerOpenApi(app, counted);
  await registerConsole(app, services.config.basePath);
  await registerGraphQL(app, await buildAsofSchema(services.definitions), counted, metrics);
  return app;
}

/** Its routes are of its protocol: roles for that hold there. */
async function registerFacade(app: FastifyInstance, facade: Facade, services: CommonServices): Promise<void> {
  await app.register(async (routes) => {
    routes.addHook("onRoute", (route) => {
      route.config = { ...route.config, protocol: facade.name };
    });
    await facade.register(routes, services);
  });
}

/** What a worker answers: whether it lives and its metrics, nothing else. */
export async function buildProbeApp(
  services: Services,
  options: HttpAppOptions = {},
): Promise<FastifyInstance> {
  const app = await createServer(services, options);
  registerAuth(app, services);
  app.setNotFoundHandler(sendUnknownRoute);
  registerMetrics(
    app,
    createMetrics(services, () => 0),
    services.config.metricsPublic,
  );
  registerHealth(app, services);
  return app;
}

async function createServer(services: Services, options: HttpAppOptions): Promise<FastifyInstance> {
  const { basePath, trustProxy } = services.config;
  const app: FastifyInstance = fastify({
    ...(options.logger
      ? { loggerInstance: options.logger }
      : { logger: { level: services.config.logLevel } }),
    trustProxy: trustProxy.length > 0 && [...trustProxy],
    bodyLimit: maxBodyBytes,
    requestTimeout: uploadTimeoutMs,
    // Clients name parameters and tags, and may name one `__proto__`: such names are looked up by own properties alone.
    onProtoPoisoning: "ignore",
    onConstructorPoisoning: "ignore",
    rewriteUrl: (request: IncomingMessage) => addressOfPage(request, withoutBasePath(request.url!, basePath)),
    // A user id of 200 characters, percent-encoded.
    routerOptions: { maxParamLength: 2000 },
    genReqId: requestIdOf,
    logController: new RequestLog(),
    childLoggerFactory: lazyChild,
    frameworkErrors: sendRestError,
    // What still comes on an open connection is answered: its client cannot know.
    return503OnClosing: false,
  });
  registerStop(app);
  await registerCors(app, services.config.cors);
  registerBodyTimeout(app);
  registerKnownRoutes(app, maxBodyBytes);
  registerRequestScopes(app, services.config.requestTimeoutMs);
  app.addHook("onRequest", (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    done();
  });
  app.removeContentTypeParser("text/plain");
  registerExactBodies(app);
  app.setErrorHandler(sendRestError);
  return app;
}

/** A reverse proxy may leave the path it serves asof under before each address, or take it away. */
function withoutBasePath(url: string, basePath: string): string {
  if (basePath === "") return url;
  if (!url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest.startsWith("/")) return rest;
  return rest === "" || rest.startsWith("?") ? `/${rest}` : url;
}
