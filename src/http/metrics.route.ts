import type { FastifyInstance } from "fastify";
import type { RouteRule } from "../auth/rules.js";
import { metricsOfAll, shareMetrics } from "../observability/cluster-metrics.js";
import type { Metrics } from "./metrics.js";
import { plainText, type RouteApi } from "./openapi/route-api.js";

/** @param isPublic whether a scraper without a token may read them */
export function registerMetrics(
  app: FastifyInstance,
  { registry, httpSeconds }: Metrics,
  isPublic: boolean | undefined,
): void {
  const rule: RouteRule = isPublic ? "public" : "viewer";
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unknown";
    const labels = { route, method: request.method, status: String(reply.statusCode) };
    httpSeconds.observe(labels, reply.elapsedTime / 1000);
  });
  shareMetrics(registry);
  app.addHook("onClose", async () => registry.clear());
  app.get("/metrics", { config: { rule, api: DESCRIBED } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await metricsOfAll(registry)),
  );
}

const DESCRIBED = {
  tag: "Server",
  summary: "Metrics of this server, for Prometheus",
  answers: { 200: { description: "In the text format.", content: { "text/plain": plainText } } },
} as const satisfies RouteApi;
