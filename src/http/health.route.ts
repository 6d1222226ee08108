import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { AsofError } from "../errors/errors.js";
import { productionModel, readHealth } from "../services/read-health.js";
import type { Services } from "../services/services.js";
import type { RouteApi } from "./openapi/route-api.js";

const state = z.enum(["OK", "DEGRADED", "DOWN"]);
const health = z.object({
  status: state.describe("The worst of its parts; DEGRADED where there are problems."),
  version: z.string().describe("Of asof."),
  database: state,
  online_store: state,
  production_model: z
    .object({ name: z.string(), version: z.int() })
    .nullable()
    .describe("What the first feature service is answered by."),
  uptime_seconds: z.number(),
  problems: z
    .array(z.object({ subject: z.string(), message: z.string(), remedy: z.string() }))
    .optional()
    .describe("Absent where there are none."),
});

const HEALTH = {
  tag: "Server",
  summary: "How the process and its stores are",
  answers: {
    200: { description: "It serves.", content: health },
    503: { description: "It cannot serve: the database is down.", content: health },
  },
} as const satisfies RouteApi;

const LIVE = {
  tag: "Server",
  summary: "Whether this process answers at all, whatever it needs is doing: for what restarts it",
  answers: { 200: { description: "It answers.", content: z.object({ status: z.literal("LIVE") }) } },
} as const satisfies RouteApi;

const READY = {
  tag: "Server",
  summary: "Whether to send requests to this process",
  answers: { 200: { description: "It takes requests.", content: z.object({ status: z.literal("READY") }) } },
} as const satisfies RouteApi;

export function registerHealth(app: FastifyInstance, services: Services): void {
  app.get("/health", { config: { rule: "public", api: HEALTH } }, async (_request, reply) => {
    const { status, problems, version, database, onlineStore, uptimeSeconds } = await readHealth(services);
    const model = productionModel(services);
    return reply.code(status === "DOWN" ? 503 : 200).send({
      status,
      version,
      database,
      online_store: onlineStore,
      production_model: model && { name: model.model, version: model.version },
      uptime_seconds: uptimeSeconds,
      ...(problems.length > 0 && { problems }),
    });
  });

  // Asks nothing of anyone: while the database is away a restart helps nobody.
  app.get("/live", { config: { rule: "public", api: LIVE } }, async () => ({ status: "LIVE" }));

  app.get("/ready", { config: { rule: "public", api: READY } }, async () => {
    if (app.stopping) {
      throw new AsofError("SERVICE_UNAVAILABLE", "the process is stopping; send requests to another one");
    }
    const { database } = await services.health();
    if (database !== "DOWN") return { status: "READY" };
    throw new AsofError("SERVICE_UNAVAILABLE", "the database cannot be reached; no request can be served");
  });
}
