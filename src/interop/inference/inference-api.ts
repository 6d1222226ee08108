import { z } from "zod";
import { anyBytes, type FailureForm, plainText, type RouteApi } from "../../http/openapi/route-api.js";
import { mlflowCodes } from "../mlflow/mlflow-error.js";
import { scoringRequestShape } from "./scoring-forms.js";
import { inferRequestShape } from "./tensors.js";

/** As `sendInferenceError` writes them. */
const failure: FailureForm = {
  name: "InferenceFailure",
  body: z
    .looseObject({ error: z.string().describe("What failed, what was got, what to do.") })
    .describe("A failure as the Open Inference Protocol has it."),
};

/** As `sendScoringError` writes them. */
const scoringFailure: FailureForm = {
  name: "ScoringFailure",
  body: z
    .looseObject({ error_code: z.string(), message: z.string() })
    .describe("A failure as MLflow's scoring server has it."),
  told: (code, status) => ({
    code: code === "NOT_FOUND" ? code : mlflowCodes[code],
    status,
  }),
  plain: [415],
};

const params = {
  model: { description: "A feature service's name." },
  version: { description: "A version's number, or `@` and an alias." },
};

const tensorShape = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
const ofModel = [
  ...(["MODEL_NOT_FOUND", "NO_PRODUCTION_MODEL", "MODEL_NOT_SERVABLE"] as const),
  "CONFLICT",
] as const;
const ofScores = [...ofModel, "FEATURES_MISSING", "PREDICTION_FAILED"] as const;
const RAW_BYTES = "How many bytes of the body are JSON; tensors follow them as they are.";

const v2 = { tag: "Open Inference", failure, params } as const;
const scoring = { tag: "MLflow's scoring", failure: scoringFailure, params } as const;

/** What the document says of each route of the Open Inference Protocol, and of MLflow's scoring. */
export const INFERENCE_API = {
  live: {
    ...v2,
    summary: "Whether the server runs",
    answers: { 200: { description: "It does.", content: z.object({ live: z.boolean() }) } },
  },
  ready: {
    ...v2,
    summary: "Whether the server answers",
    answers: {
      200: { description: "It does.", content: z.object({ ready: z.boolean() }) },
      503: { description: "It does not.", content: z.object({ ready: z.boolean() }) },
    },
  },
  server: {
    ...v2,
    summary: "The server and its extensions",
    answers: {
      200: {
        description: "What it is.",
        content: z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
      },
    },
  },
  modelReady: {
    ...v2,
    summary: "Whether a model, or a version of it, answers",
    answers: {
      200: { description: "It does.", content: z.object({ name: z.string(), ready: z.boolean() }) },
    },
    errors: ofModel,
  },
  model: {
    ...v2,
    summary: "A model's inputs and outputs",
    answers: {
      200: {
        description: "Its tensors, those by feature and those by key.",
        content: z.looseObject({
          name: z.string(),
          versions: z.array(z.string()),
          platform: z.string(),
          inputs: z.array(tensorShape),
          outputs: z.array(tensorShape),
        }),
      },
    },
    errors: ofModel,
  },
  infer: {
    ...v2,
    summary: "Predict for rows of tensors",
    headers: {
      "inference-header-content-length": {
        description: RAW_BYTES,
        shape: z.string().regex(/^\d{1,10}$/),
      },
    },
    body: { "application/json": inferRequestShape, "application/octet-stream": anyBytes },
    answers: {
      200: {
        description: "The outputs, in JSON or as bytes behind it.",
        content: {
          "application/json": z.looseObject({
            model_name: z.string(),
            model_version: z.string(),
            id: z.string().optional(),
            outputs: z.array(z.looseObject(tensorShape.shape)),
          }),
          "application/octet-stream": anyBytes,
        },
        headers: { "inference-header-content-length": RAW_BYTES },
      },
    },
    errors: ofScores,
  },
  score: {
    ...scoring,
    summary: "Predict for rows of a table",
    body: { "application/json": scoringRequestShape, "text/csv": plainText },
    answers: {
      200: {
        description: "One prediction a row.",
        content: z.object({ predictions: z.array(z.unknown()) }),
      },
    },
    errors: ofScores,
  },
  ping: {
    ...scoring,
    summary: "Whether it answers",
    answers: { 200: { description: "It does. The body is an empty line, as MLflow's server sends it." } },
    errors: ofModel,
  },
  version: {
    ...scoring,
    summary: "asof's version",
    answers: { 200: { description: "The version.", content: { "text/plain": plainText } } },
  },
} as const satisfies Record<string, RouteApi>;
