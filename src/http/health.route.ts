import type { FastifyInstance } from "fastify";
import { AsofError } from "../errors/errors.js";
import { productionModel, readHealth } from "../services/read-health.js";
import type { Services } from "../services/services.js";

export function registerHealth(app: FastifyInstance, services: Services): void {
  app.get("/health", { config: { rule: "public" } }, async (_request, reply) => {
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

  app.get("/ready", { config: { rule: "public" } }, async () => {
    if (app.stopping) {
      throw new AsofError("SERVICE_UNAVAILABLE", "the process is stopping; send requests to another one");
    }
    const { database } = await services.health();
    if (database !== "DOWN") return { status: "READY" };
    throw new AsofError("SERVICE_UNAVAILABLE", "the database cannot be reached; no request can be served");
  });
}
