import type { FastifyBaseLogger } from "fastify";
import { GraphQLError, type GraphQLFormattedError, Kind } from "graphql";
import { AsofError } from "../errors/errors.js";
import { ServiceBusyError } from "../errors/limit-errors.js";
import { currentRequest } from "../observability/request-scope.js";
import { logMasked, mask } from "./masking.js";

/** Codes of Apollo Server about the client's own request. */
const requestCodes = new Set([
  "BAD_USER_INPUT",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_FOUND",
  "PERSISTED_QUERY_NOT_SUPPORTED",
]);

/** The parts of a document that hold what a client passes; an error there is about its input. */
const inputKinds = new Set<string>([
  Kind.ARGUMENT,
  Kind.VARIABLE,
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
]);
/** graphql-js marks these by nothing but their words. */
const inputMessages =
  /^Variable "\$.*(got invalid value|was not provided|must not be null)|argument ".*" of type ".*" is required|^Argument ".*" (of (required|non-null) type|has invalid value)|^Too many errors processing variables/s;

/**
 * What a client may see of an error, the same over HTTP and WebSocket: our own errors with code and
 * details, complaints about the request itself, and nothing of anything else.
 */
export function formatGraphQLError(error: unknown, log: FastifyBaseLogger): GraphQLFormattedError {
  const known = findKnown(error);
  const scope = currentRequest();
  if (known instanceof ServiceBusyError && scope) scope.retryAfterSeconds = known.retryAfterSeconds;
  if (known) return expose(error, known.code, known.details);
  const code = error instanceof GraphQLError ? requestCode(error) : undefined;
  if (code) return expose(error, code);
  const path = error instanceof GraphQLError ? error.path : undefined;
  logMasked(log, causeOf(error), { path });
  const masked = mask(causeOf(error));
  return {
    ...(error instanceof GraphQLError ? error.toJSON() : {}),
    message: masked.message,
    extensions: { code: masked.code },
  };
}

function expose(error: unknown, code: string, details: Record<string, unknown> = {}): GraphQLFormattedError {
  const formatted = error instanceof GraphQLError ? error.toJSON() : { message: (error as Error).message };
  return { ...formatted, extensions: { ...details, code } };
}

function findKnown(error: unknown): AsofError | undefined {
  if (error instanceof AsofError) return error.code === "INTERNAL_SERVER_ERROR" ? undefined : error;
  return error instanceof GraphQLError && error.originalError ? findKnown(error.originalError) : undefined;
}

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error;
}

function requestCode(error: GraphQLError): string | undefined {
  const { code } = error.extensions;
  if (code === "BAD_REQUEST") return "BAD_USER_INPUT";
  if (typeof code === "string" && code !== "GRAPHQL_VALIDATION_FAILED") {
    return requestCodes.has(code) ? code : undefined;
  }
  if (!(causeOf(error) instanceof GraphQLError)) return undefined;
  const inputNode = error.nodes?.[0] && inputKinds.has(error.nodes[0].kind);
  if (inputNode || inputMessages.test(error.message)) return "BAD_USER_INPUT";
  // With a path it came up while a field was resolved: ours to answer for, not the client's.
  if (error.path) return undefined;
  return error.message.startsWith("Syntax Error") ? "GRAPHQL_PARSE_FAILED" : "GRAPHQL_VALIDATION_FAILED";
}
