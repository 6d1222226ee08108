import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { findService } from "../../definitions/language/deployment.js";
import { AsofError, type ErrorCode, ModelNotFoundError } from "../../errors/errors.js";
import type { ModelsOf } from "../../http/auth.js";
import { requireSameSite } from "../../http/same-site.js";
import { requireServable } from "../../registry/servability.js";
import type { CommonServices } from "../../services/services.js";
import { mlflowCodes } from "../mlflow/mlflow-error.js";
import { type AskedModel, findAsked } from "./asked-version.js";
import { bytesOf, registerEncodedBodies, sendEncoded } from "./encoded-bodies.js";
import { INFERENCE_API } from "./inference-api.js";
import { InferenceError, readFailure } from "./inference-error.js";
import { type Scored, scoreFrame } from "./scored-frame.js";
import { readScoringCsv, readScoringJson, type ScoringRequest } from "./scoring-forms.js";
import { readJson } from "./tensors.js";

/**
 * What `mlflow models serve` answers, for each model under /serving/<model>, for a version or an alias of it below that, and for
 * the default model at the root.
 */
export async function registerScoring(app: FastifyInstance, services: CommonServices): Promise<void> {
  await app.register(async (routes) => {
    routes.setErrorHandler(sendScoringError);
    registerEncodedBodies(routes);
    const [service] = services.definitions.services;
    if (service) {
      registerModel(routes, services, "", () => ({ model: service.name }));
      registerPings(routes, services, ["/ping"], () => ({ model: service.name }));
    }
    const asked = ({ params }: FastifyRequest) => params as AskedModel;
    for (const path of ["/serving/:model", "/serving/:model/:version"]) {
      registerModel(routes, services, path, asked);
      registerPings(routes, services, [`${path}/ping`, `${path}/health`], asked);
    }
  });
}

type AskedOf = (request: FastifyRequest) => AskedModel;

const ofAsked =
  (asked: AskedOf): ModelsOf =>
  (request) => [asked(request).model];

function registerModel(
  routes: FastifyInstance,
  services: CommonServices,
  path: string,
  asked: AskedOf,
): void {
  routes.post(
    `${path}/invocations`,
    {
      config: {
        rule: "viewer",
        models: ofAsked(asked),
        basic: true,
        detached: true,
        api: INFERENCE_API.score,
      },
    },
    async (request, reply) => {
      requireSameSite(routes, request, "rows");
      const sent = await readScoring(request);
      const scored = await scoreFrame(request.services, asked(request), sent.frame, {
        scope: request.scope!,
        others: "ignored",
      });
      const body = Buffer.from(JSON.stringify({ predictions: predictionsOf(scored, sent) }));
      return reply.type("application/json").send(await sendEncoded(request, reply, body));
    },
  );
  routes.get(
    `${path}/version`,
    { config: { rule: "viewer", models: ofAsked(asked), basic: true, api: INFERENCE_API.version } },
    async (_, reply) => reply.type("text/plain").send(services.version),
  );
}

/** Load balancers send no token: of a model they learn whether the process can answer, of a version whether it can be served. */
function registerPings(
  routes: FastifyInstance,
  { definitions, health }: CommonServices,
  paths: readonly string[],
  asked: AskedOf,
): void {
  for (const path of paths) {
    const named = path.includes(":version");
    const rule = named ? "viewer" : "public";
    const config = { rule, models: ofAsked(asked), basic: true, api: INFERENCE_API.ping } as const;
    routes.get(path, { config }, async (request, reply) => {
      const { model } = asked(request);
      if (named) {
        const version = await findAsked(request.services, asked(request));
        requireServable(version, await request.services.models.servability(version));
      } else {
        if (!findService(definitions, model)) throw new ModelNotFoundError(model);
        if (routes.stopping || (await health()).database === "DOWN")
          throw new AsofError(
            "SERVICE_UNAVAILABLE",
            "the process cannot answer; send requests to another one",
          );
      }
      return reply.type("application/json").send("\n");
    });
  }
}

async function readScoring(request: FastifyRequest): Promise<ScoringRequest> {
  const body = bytesOf(request.body);
  const [type = ""] = (request.headers["content-type"] ?? "").toLowerCase().split(/\s*;/, 1);
  if (type === "text/csv") return readScoringCsv(body);
  if (type === "application/json") return readScoringJson(readJson(body));
  throw new InferenceError(
    415,
    `the content type application/json or text/csv was expected; got ${JSON.stringify(type)}`,
  );
}

/** The prediction of each row, or all that is answered by name. */
function predictionsOf({ columns }: Scored, { everyColumn }: ScoringRequest): unknown[] {
  const last = columns.at(-1)!;
  if (!everyColumn) return last.values;
  return last.values.map((_, row) =>
    Object.fromEntries(columns.map(({ column, values }) => [column.name, values[row]])),
  );
}

function sendScoringError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, message } = readFailure(error, request, reply);
  // As MLflow's own server answers it.
  if (status === 415) return reply.code(415).type("text/plain").send(message);
  const error_code = error instanceof InferenceError ? "BAD_REQUEST" : mlflowCodes[code as ErrorCode];
  return reply.code(status).type("application/json").send(JSON.stringify({ error_code, message }));
}
