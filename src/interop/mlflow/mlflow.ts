import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Facade } from "../../http/app.js";
import { readLenientJson } from "./lenient-json.js";
import { mlflowApi } from "./mlflow-api.js";
import { MlflowError, sendMlflowError } from "./mlflow-error.js";
import { type MlflowRoute } from "./resource.js";
import { mlflowResources } from "./resources.js";
import { readMlflow } from "./shapes.js";

/** Each call is there under both: clients choose by their own version. */
const PREFIXES = ["/api/2.0", "/api/3.0"];

/** MLflow's tracking server: what `MLFLOW_TRACKING_URI=http://host:4000/mlflow` calls. */
export const mlflow = {
  name: "mlflow",
  async register(app, services) {
    await app.register(
      async (scope) => {
        scope.setErrorHandler(sendMlflowError);
        scope.setNotFoundHandler((request, reply) =>
          sendMlflowError(
            new MlflowError(
              "ENDPOINT_NOT_FOUND",
              `${request.method} ${request.url.slice(0, 200)} is not offered: ${OFFERED}`,
            ),
            request,
            reply,
          ),
        );
        scope.removeContentTypeParser("application/json");
        scope.addContentTypeParser(
          "application/json",
          { parseAs: "string" },
          async (_request: unknown, body: string) => readLenientJson(body),
        );
        for (const { routes, register } of mlflowResources) {
          for (const route of routes) addRoute(scope, route);
          register?.(scope, services);
        }
      },
      { prefix: "/mlflow" },
    );
  },
} as const satisfies Facade;

const OFFERED =
  "asof speaks MLflow's tracking, artifacts, logged models and model registry; it has no traces, prompts, webhooks, workspaces or gateway";

function addRoute(scope: FastifyInstance, route: MlflowRoute): void {
  const api = mlflowApi(route);
  const models = route.models && ((request: FastifyRequest) => route.models!(inputOf(request, route)));
  for (const prefix of PREFIXES) {
    scope.route({
      method: route.method,
      url: `${prefix}${route.path}`,
      config: { rule: route.rule, models, basic: true, api },
      handler: async (request, reply) => {
        const answer = await route.answer(request.services, inputOf(request, route), request.identity);
        return reply.type("application/json").send(JSON.stringify(answer));
      },
    });
  }
}

function inputOf({ method, query, body, params }: FastifyRequest, { shape }: MlflowRoute): unknown {
  const given = method === "GET" || method === "HEAD" ? query : (body ?? {});
  return readMlflow(shape, { ...(given as object), ...(params as object) });
}
