import type { FastifyReply, FastifyRequest } from "fastify";
import { AliasNotFoundError } from "../../errors/alias-not-found.js";
import type { ErrorCode } from "../../errors/errors.js";
import { ServiceBusyError } from "../../errors/limit-errors.js";
import {
  AlreadyLoggedError,
  DeletedError,
  ExperimentNameTakenError,
  NotExternalRunError,
  ReadOnlyExperimentError,
  RunSealedError,
} from "../../errors/tracking-errors.js";
import { toPublicError } from "../../http/rest-error.js";
import { ModelNameTakenError } from "../../registry/model-rename.js";

/** Codes of MLflow's protocol, each with the status that it travels with. */
export const MLFLOW_STATUSES = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const;
export type MlflowCode = keyof typeof MLFLOW_STATUSES;

/** What the client raises as its `RestException`, by the code. */
export class MlflowError extends Error {
  constructor(
    readonly mlflowCode: MlflowCode,
    message: string,
  ) {
    super(message);
  }
}

/** Clients try statuses of 500 and more again, for minutes: only what may pass has one. */
export const mlflowCodes: Readonly<Record<ErrorCode, MlflowCode>> = {
  BAD_USER_INPUT: "INVALID_PARAMETER_VALUE",
  QUERY_TOO_COMPLEX: "INVALID_PARAMETER_VALUE",
  UNAUTHENTICATED: "UNAUTHENTICATED",
  FORBIDDEN: "PERMISSION_DENIED",
  FEATURES_MISSING: "RESOURCE_DOES_NOT_EXIST",
  MODEL_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  SNAPSHOT_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  SOURCE_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  RUN_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  EXPERIMENT_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  SCHEDULE_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  ALERT_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  ARTIFACT_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  NO_PRODUCTION_MODEL: "RESOURCE_DOES_NOT_EXIST",
  CONFLICT: "RESOURCE_CONFLICT",
  RUN_NOT_CANCELLABLE: "RESOURCE_CONFLICT",
  DROPPED: "BAD_REQUEST",
  ERASED: "BAD_REQUEST",
  VALIDATION_FAILED: "BAD_REQUEST",
  GATE_FAILED: "BAD_REQUEST",
  PREDICTION_FAILED: "BAD_REQUEST",
  MODEL_NOT_SERVABLE: "BAD_REQUEST",
  SOURCE_UNREADABLE: "BAD_REQUEST",
  CLIENT_CLOSED_REQUEST: "BAD_REQUEST",
  RATE_LIMITED: "REQUEST_LIMIT_EXCEEDED",
  SERVICE_UNAVAILABLE: "TEMPORARILY_UNAVAILABLE",
  SERVICE_BUSY: "TEMPORARILY_UNAVAILABLE",
  REQUEST_TIMEOUT: "TEMPORARILY_UNAVAILABLE",
  PROCESS_DIED: "INTERNAL_ERROR",
  COMMAND_FAILED: "INTERNAL_ERROR",
  INTERNAL_SERVER_ERROR: "INTERNAL_ERROR",
};

/** Conflicts that MLflow's protocol has a code of its own for. */
const CONFLICTS = [
  [ExperimentNameTakenError, "RESOURCE_ALREADY_EXISTS"],
  [ModelNameTakenError, "RESOURCE_ALREADY_EXISTS"],
  [AliasNotFoundError, "INVALID_PARAMETER_VALUE"],
  [AlreadyLoggedError, "INVALID_PARAMETER_VALUE"],
  [DeletedError, "INVALID_PARAMETER_VALUE"],
  [ReadOnlyExperimentError, "INVALID_PARAMETER_VALUE"],
  [NotExternalRunError, "INVALID_PARAMETER_VALUE"],
  [RunSealedError, "INVALID_PARAMETER_VALUE"],
] as const;

/** Every error in the shape that MLflow's clients read; what is not for them is masked as everywhere. */
export function sendMlflowError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof MlflowError) return send(reply, error.mlflowCode, error.message);
  const { status, code, message } = toPublicError(error, request.log);
  if (error instanceof ServiceBusyError) reply.header("retry-after", error.retryAfterSeconds);
  const own = CONFLICTS.find(([kind]) => error instanceof kind)?.[1];
  // Fastify's own refusals are BAD_USER_INPUT, each with its status.
  if (!own && code === "BAD_USER_INPUT" && status !== 400) return send(reply, "BAD_REQUEST", message, status);
  return send(reply, own ?? mlflowCodes[code as ErrorCode], message);
}

const send = (
  reply: FastifyReply,
  code: MlflowCode,
  message: string,
  status: number = MLFLOW_STATUSES[code],
) =>
  reply
    .code(status)
    .type("application/json")
    .send(JSON.stringify({ error_code: code, message }));

export const invalid = (message: string): MlflowError => new MlflowError("INVALID_PARAMETER_VALUE", message);
