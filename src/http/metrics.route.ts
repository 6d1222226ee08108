import type { FastifyInstance } from "fastify";
import { metricsOfAll, shareMetrics } from "../observability/cluster-metrics.js";
import type { Metrics } from "./metrics.js";

export function registerMetrics(app: FastifyInstance, { registry, httpSeconds }: Metrics): void {
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unknown";
    const labels = { route, method: request.method, status: String(reply.statusCode) };
    httpSeconds.observe(labels, reply.elapsedTime / 1000);
  });
  shareMetrics(registry);
  app.addHook("onClose", async () => registry.clear());
  app.get("/metrics", async (_request, reply) =>
    reply.type(registry.contentType).send(await metricsOfAll(registry)),
  );
}
