import { z } from "zod";
import { anyBytes, type FailureForm, type RouteApi } from "../../http/openapi/route-api.js";
import { FEAST_STATUSES, onlineRequestShape } from "./online-features.js";
import { materializeShape, pushShape, writeShape } from "./request-shapes.js";

const detail = z.looseObject({
  loc: z.array(z.union([z.string(), z.number()])).describe("Where in the request."),
  msg: z.string(),
  type: z.string(),
});

/** As `sendFeastError` writes them. */
const failure: FailureForm = {
  name: "FeastFailure",
  body: z
    .union([
      z.looseObject({ detail: z.union([z.string(), z.array(detail)]) }),
      z.string().describe("JSON in a text: the class of Feast that its SDK raises."),
    ])
    .describe("A failure as Feast's clients read it."),
  told: (code, status) => ({ code, status: status === 400 ? 422 : status }),
};

const answer = z.object({
  metadata: z.object({ feature_names: z.array(z.string()) }),
  results: z
    .array(
      z.object({
        values: z.array(z.unknown()).describe("One a key."),
        statuses: z.array(z.enum(FEAST_STATUSES)),
        event_timestamps: z.array(z.string()),
      }),
    )
    .describe("One for each of the feature names."),
});

const done = { 200: { description: "Done.", content: z.null() } };
const tag = "Feast";

/** What the document says of each route of Feast's feature server. */
export const FEAST_API = {
  read: {
    tag,
    failure,
    summary: "Features of keys, as they are now",
    body: onlineRequestShape,
    answers: { 200: { description: "The values, by feature.", content: answer } },
    errors: ["MODEL_NOT_FOUND"],
  },
  registry: {
    tag,
    failure,
    summary: "The definitions, as Feast's registry file",
    answers: { 200: { description: "The file.", content: { "application/octet-stream": anyBytes } } },
  },
  health: { tag, failure, summary: "Whether it serves", answers: { 200: { description: "It does." } } },
  push: {
    tag,
    failure,
    summary: "Push values of a view",
    body: pushShape,
    answers: done,
    errors: ["VALIDATION_FAILED", "CONFLICT", "MODEL_NOT_FOUND"],
  },
  write: {
    tag,
    failure,
    summary: "Write values of a view to the online store",
    body: writeShape,
    answers: done,
    errors: ["VALIDATION_FAILED", "CONFLICT", "MODEL_NOT_FOUND"],
  },
  materialize: {
    tag,
    failure,
    summary: "Copy a snapshot to the online store, and wait for it",
    body: materializeShape,
    answers: done,
    errors: ["SNAPSHOT_NOT_FOUND", "CONFLICT", "DROPPED"],
  },
} as const satisfies Record<string, RouteApi>;
