import { z } from "zod";
import { jsonSchemaOf } from "../../http/openapi/json-schema.js";
import {
  anyBytes,
  type FailureForm,
  type JsonSchema,
  plainText,
  type RouteApi,
} from "../../http/openapi/route-api.js";
import { MLFLOW_STATUSES, type MlflowCode, mlflowCodes } from "./mlflow-error.js";
import type { MlflowRoute } from "./resource.js";

/** Statuses that Fastify itself answers with, as they are. */
const OF_BODIES = [413, 414, 415];

/** As `sendMlflowError` writes them. */
const failure: FailureForm = {
  name: "MlflowFailure",
  body: z
    .looseObject({
      error_code: z
        .enum(Object.keys(MLFLOW_STATUSES) as [MlflowCode, ...MlflowCode[]])
        .describe("What MLflow's client raises."),
      message: z.string().describe("What failed, what was got, what to do."),
    })
    .describe("A failure as MLflow's clients read it."),
  told: (code, status) => {
    if (OF_BODIES.includes(status)) return { code: "BAD_REQUEST", status };
    const own = code === "NOT_FOUND" ? "ENDPOINT_NOT_FOUND" : mlflowCodes[code];
    return { code: own, status: MLFLOW_STATUSES[own] };
  },
};

const tag = "MLflow";
const common = { tag, failure, errors: ["RUN_NOT_FOUND", "CONFLICT"] } as const;
const answered = z.looseObject({});

/** What the document says of a call: what reads it is what describes it. */
export function mlflowApi({ method, path, shape }: MlflowRoute): RouteApi {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const sent = { schema: withoutFields(shape, inPath) };
  const isNothing = Object.keys(Object(sent.schema.properties)).length === 0;
  return {
    ...common,
    summary: `MLflow's ${path.replace("/mlflow/", "")}`,
    description: "The same under 2.0 and 3.0. Fields that are not named are ignored.",
    ...(isNothing ? {} : method === "GET" ? { query: sent } : { body: sent }),
    answers: { 200: { description: "As MLflow answers it.", content: answered } },
  };
}

/** Fields that may be left out are not required, whatever stands for them then. */
function withoutFields(shape: z.ZodObject, names: readonly string[]): JsonSchema {
  const { properties, required, ...schema } = jsonSchemaOf(shape, "input");
  const isRest = (name: string) => !names.includes(name);
  const mayLack = (name: string) => (shape.shape[name] as z.ZodType).safeParse(undefined).success;
  return {
    ...schema,
    properties: Object.fromEntries(Object.entries(Object(properties)).filter(([name]) => isRest(name))),
    required: ((required ?? []) as string[]).filter((name) => isRest(name) && !mayLack(name)),
  };
}

const text = (description: string): RouteApi["answers"][number] => ({
  description,
  content: { "text/plain": plainText },
});

/** Of the routes that are not JSON on both sides. */
export const MLFLOW_API = {
  health: { tag, failure, summary: "Whether it serves", answers: { 200: text("It does.") } },
  version: {
    tag,
    failure,
    summary: "The newest release of MLflow's client that this was tried with",
    answers: { 200: text("The release.") },
  },
  saveFile: {
    ...common,
    summary: "Store a file of a run, a logged model or a model version",
    description: "Of any media type and size up to `ARTIFACT_MAX_BYTES`; it is never opened here.",
    body: { "application/octet-stream": anyBytes },
    answers: { 200: { description: "It is stored." } },
  },
  openFile: {
    ...common,
    summary: "A file, as it was stored",
    answers: { 200: { description: "The file.", content: { "application/octet-stream": anyBytes } } },
  },
  listFiles: {
    ...common,
    summary: "The files of a folder",
    query: z.object({ path: z.string().describe("`<experiment>/<run>/artifacts`, and what is below it.") }),
    answers: { 200: { description: "Each by its last name.", content: answered } },
  },
  removeFile: {
    ...common,
    summary: "Remove a file, or a folder with all that is in it",
    answers: { 200: { description: "It is gone.", content: answered } },
  },
} as const satisfies Record<string, RouteApi>;
