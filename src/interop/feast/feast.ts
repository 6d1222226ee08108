import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Facade } from "../../http/app.js";
import type { CommonServices } from "../../services/services.js";
import { FEAST_API } from "./feast-api.js";
import { sendFeastError, shapeError } from "./feast-error.js";
import { materializeUntil } from "./materialized.js";
import { onlineAnswer, readOnlineRequest } from "./online-features.js";
import { type frameShape, readFrame, viewOfPush } from "./pushed-frame.js";
import { registryFile } from "./registry-file.js";
import { materializeShape, pushShape, writeShape } from "./request-shapes.js";
import { readShape } from "./shapes.js";

/** Feast's feature server: what its Python SDK (`online_store: {type: remote}`) and plain HTTP clients call, under `/feast`. */
export const feast = {
  name: "feast",
  async register(app, services) {
    await app.register(
      async (routes) => {
        routes.setErrorHandler(sendFeastError);
        registerReads(routes, services);
        registerWrites(routes, services);
      },
      { prefix: "/feast" },
    );
  },
} as const satisfies Facade;

function registerReads(routes: FastifyInstance, { definitions, version }: CommonServices): void {
  routes.post(
    "/get-online-features",
    { config: { rule: "viewer", basic: true, detached: true, api: FEAST_API.read } },
    async ({ body, services }, reply) => {
      const request = readOnlineRequest(definitions, body);
      const rows = request.keys.map((key) => ({ key }));
      const answers = rows.length === 0 ? [] : await services.features.read(rows, request.selection);
      return reply.type("application/json").send(onlineAnswer(request, answers));
    },
  );
  const registry = registryFile(definitions, version);
  routes.get(
    "/registry.db",
    { config: { rule: "viewer", basic: true, api: FEAST_API.registry } },
    async (_, reply) => reply.type("application/octet-stream").send(registry),
  );
  routes.get("/health", { config: { rule: "public", api: FEAST_API.health } }, async (_, reply) =>
    reply.code(200).send(),
  );
}

function registerWrites(routes: FastifyInstance, { definitions }: CommonServices): void {
  const push = (
    { services, identity: { actor } }: FastifyRequest,
    name: string,
    df: z.output<typeof frameShape>,
  ) => {
    const view = viewOfPush(definitions, name);
    return services.pushes.push({ view: view.name, rows: readFrame(definitions, view, df), actor });
  };

  routes.post(
    "/push",
    { config: { rule: "operator", basic: true, api: FEAST_API.push } },
    async (request) => {
      const { push_source_name, df, to } = readShape(pushShape, request.body);
      if (to === "offline")
        throw shapeError(
          ["to"],
          "values are served at once, and kept for the offline store: online or online_and_offline",
        );
      await push(request, push_source_name, df);
      return null;
    },
  );

  routes.post(
    "/write-to-online-store",
    { config: { rule: "operator", basic: true, api: FEAST_API.write } },
    async (request) => {
      const { feature_view_name, df } = readShape(writeShape, request.body);
      await push(request, feature_view_name, df);
      return null;
    },
  );

  for (const path of ["/materialize", "/materialize-incremental"]) {
    routes.post(
      path,
      { config: { rule: "operator", basic: true, untimed: true, api: FEAST_API.materialize } },
      async ({ body, identity, services }) => {
        await materializeUntil(services, readShape(materializeShape, body).end_ts, identity.actor);
        return null;
      },
    );
  }
}
