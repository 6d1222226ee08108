import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Services } from "../../services/services.js";
import { type OpenApiDocument, openApiDocument } from "./document.js";
import { openApiPage, PAGE_POLICY } from "./page.js";
import { undocumented } from "./route-api.js";

/** `GET /openapi.json`, and `GET /openapi`, the same to read. Of whatever routes are registered once it is asked. */
export function registerOpenApi(
  app: FastifyInstance,
  { auth, config, definitions, version }: Services,
): void {
  let known: { open: boolean; document: OpenApiDocument; json: string; etag: string } | null = null;
  const current = () => {
    // The first token closes an open server.
    if (known?.open !== auth.open) {
      const { basePath, rateLimitPerSecond, requestTimeoutMs } = config;
      const server = { deployment: definitions.name, version, basePath, open: auth.open };
      const document = openApiDocument(app.knownRoutes, { ...server, rateLimitPerSecond, requestTimeoutMs });
      const json = JSON.stringify(document);
      const etag = `"${createHash("sha256").update(json).digest("base64url")}"`;
      known = { open: auth.open, document, json, etag };
    }
    return known!;
  };

  app.get("/openapi.json", { config: { rule: "viewer", basic: true, api: DESCRIBED } }, (request, reply) => {
    const { json, etag } = current();
    reply.headers({ "cache-control": "no-cache", etag });
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    return reply.type("application/json; charset=utf-8").send(json);
  });

  app.get(
    "/openapi",
    { config: { rule: "viewer", basic: true, api: undocumented("this document as a page") } },
    (_request, reply) =>
      reply
        .headers({
          "cache-control": "no-cache",
          "content-security-policy": PAGE_POLICY,
          "x-frame-options": "DENY",
          "referrer-policy": "no-referrer",
        })
        .type("text/html; charset=utf-8")
        .send(openApiPage(current().document)),
  );
}

const DESCRIBED = {
  tag: "Server",
  summary: "This document",
  description: "OpenAPI 3.1 of the REST side, as this deployment serves it. `GET /openapi` is a page of it.",
  answers: {
    200: { description: "The document.", content: { schema: { type: "object" } } },
    304: { description: "It is as `if-none-match` says." },
  },
} as const;
