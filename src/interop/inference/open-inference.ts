import type { FastifyInstance } from "fastify";
import { BadUserInputError } from "../../errors/errors.js";
import type { ModelsOf } from "../../http/auth.js";
import { requireSameSite } from "../../http/same-site.js";
import { isJudged } from "../../registry/model.js";
import { requireServable } from "../../registry/servability.js";
import type { CommonServices } from "../../services/services.js";
import type { AnswerColumn } from "../../training/tasks/task.js";
import { type AskedModel, findAsked } from "./asked-version.js";
import { bytesOf, MOST_BYTES, registerEncodedBodies, sendEncoded } from "./encoded-bodies.js";
import { answerTypes, inferAnswer, requireOutputs, shapeOf } from "./infer-answer.js";
import { INFERENCE_API } from "./inference-api.js";
import { sendInferenceError } from "./inference-error.js";
import { inputsOf, type ModelInput, type ModelInputs } from "./model-inputs.js";
import { answerColumnsOf, type Frame, scoreFrame } from "./scored-frame.js";
import { readInferRequest, type Tensor } from "./tensors.js";

const JSON_BYTES = "inference-header-content-length";
const OFFERED =
  "GET /v2, /v2/health/live, /v2/health/ready, /v2/models/{model}[/versions/{version}][/ready] and POST …/infer";

/** The Open Inference Protocol, version 2, with its extension for binary tensors. */
export async function registerOpenInference(app: FastifyInstance, services: CommonServices): Promise<void> {
  await app.register(
    async (routes) => {
      routes.setErrorHandler(sendInferenceError);
      routes.setNotFoundHandler((request, reply) =>
        reply
          .code(404)
          .send({ error: `no route is ${request.method} ${request.url.slice(0, 200)}; there is ${OFFERED}` }),
      );
      registerEncodedBodies(routes);
      registerServer(routes, services);
      for (const path of ["/models/:model", "/models/:model/versions/:version"])
        registerModel(routes, services, path);
    },
    { prefix: "/v2" },
  );
}

function registerServer(routes: FastifyInstance, services: CommonServices): void {
  const { version } = services;
  routes.get("/health/live", { config: { rule: "public", api: INFERENCE_API.live } }, async () => ({
    live: true,
  }));
  routes.get("/health/ready", { config: { rule: "public", api: INFERENCE_API.ready } }, async (_, reply) => {
    const ready = !routes.stopping && (await services.health()).database !== "DOWN";
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  routes.get(
    "/",
    { prefixTrailingSlash: "no-slash", config: { rule: "viewer", basic: true, api: INFERENCE_API.server } },
    async () => ({
      name: "asof",
      version,
      extensions: ["binary_tensor_data"],
    }),
  );
}

const VERSIONS_LISTED = 100;
const ofAsked: ModelsOf = ({ params }) => [(params as AskedModel).model];

function registerModel(routes: FastifyInstance, { definitions }: CommonServices, path: string): void {
  routes.get<{ Params: AskedModel }>(
    `${path}/ready`,
    { config: { rule: "viewer", models: ofAsked, basic: true, api: INFERENCE_API.modelReady } },
    async ({ params, services }) => {
      const version = await findAsked(services, params);
      requireServable(version, await services.models.servability(version));
      return { name: version.model, ready: true };
    },
  );

  routes.get<{ Params: AskedModel }>(
    path,
    { config: { rule: "viewer", models: ofAsked, basic: true, api: INFERENCE_API.model } },
    async ({ params, services }) => {
      const version = await findAsked(services, params);
      const { key, stored, request } = inputsOf(definitions, version);
      const [newest = []] = await services.models.versions([version.model], VERSIONS_LISTED, null);
      return {
        name: version.model,
        versions: newest
          .filter(isJudged)
          .map((each) => String(each.version))
          .reverse(),
        platform: "onnx_onnxruntime",
        inputs: [...stored, ...request].map(tensorOf),
        outputs: answerColumnsOf(version).map((column) => ({
          name: column.name,
          datatype: answerTypes[column.type].datatype,
          shape: shapeOf(column, -1),
        })),
        parameters: { version: String(version.version), key_inputs: [...key, ...request].map(tensorOf) },
      };
    },
  );

  routes.post<{ Params: AskedModel }>(
    `${path}/infer`,
    {
      bodyLimit: MOST_BYTES,
      config: { rule: "viewer", models: ofAsked, basic: true, detached: true, api: INFERENCE_API.infer },
    },
    async (request, reply) => {
      requireSameSite(routes, request, "tensors");
      const sent = readInferRequest(bytesOf(request.body), headerOf(request.headers[JSON_BYTES]));
      const frame = frameOf(sent.inputs);
      const read = (_: ModelInputs, outputs: readonly AnswerColumn[]) => {
        requireOutputs(sent, outputs);
        return frame;
      };
      const scored = await scoreFrame(request.services, request.params, read, {
        scope: request.scope!,
        others: "refused",
      });
      const { json, raw } = inferAnswer(sent, scored, frame.rows);
      if (raw) reply.header(JSON_BYTES, String(json.length)).type("application/octet-stream");
      else reply.type("application/json");
      return reply.send(await sendEncoded(request, reply, raw ? Buffer.concat([json, raw]) : json));
    },
  );
}

const tensorOf = ({ name, datatype }: ModelInput) => ({ name, datatype, shape: [-1, 1] });

const headerOf = (header: string | string[] | undefined): string | undefined =>
  header === undefined ? undefined : String(header);

/** @throws {BadUserInputError} there is none, two have one name, or another number of rows */
function frameOf(inputs: readonly Tensor[]): Frame {
  const [first] = inputs;
  if (!first) throw new BadUserInputError("inputs: at least one tensor was expected");
  const rows = first.values.length;
  const columns = new Map<string, Tensor["values"]>();
  for (const { name, values } of inputs) {
    if (columns.has(name)) throw new BadUserInputError(`${JSON.stringify(name)}: it is there twice`);
    if (values.length !== rows)
      throw new BadUserInputError(
        `${JSON.stringify(name)}: ${rows} rows were expected, as in ${JSON.stringify(first.name)}; got ${values.length}`,
      );
    columns.set(name, values);
  }
  return { rows, columns };
}
