import { z } from "zod";
import { defaultGraphQLLimits, type GraphQLLimits } from "../../services/graphql-limits.js";
import { defaultSocketLimits, KEEP_ALIVE_MS, type SocketLimits } from "../../services/socket-limits.js";
import { numberFrom, trueOrFalse } from "./variable.js";

/** What one caller, request or socket may ask for. */
export interface LimitsConfig {
  graphqlLimits: GraphQLLimits;
  socketLimits: SocketLimits;
  /** Between two pings of a WebSocket, of which a client may leave none unanswered. */
  keepAliveMs: number;
  /** Requests, and operations over WebSocket, of one token or JWT; 0: any number. */
  rateLimitPerSecond: number;
  /** How long series of `/metrics` that are read from the database are kept; 0: each scrape reads them. */
  metricsCacheMs: number;
  /** Of one file that a client streams in. */
  maxFileBytes: number;
}

const GIBIBYTE = 1 << 30;

const limit = (fallback: number) => numberFrom(1, 100_000_000, fallback);

export const limitVariables = z
  .object({
    GRAPHQL_MAX_DEPTH: limit(defaultGraphQLLimits.depth),
    GRAPHQL_MAX_FIELDS: limit(defaultGraphQLLimits.fields),
    GRAPHQL_MAX_ALIASES: limit(defaultGraphQLLimits.aliases),
    GRAPHQL_MAX_DIRECTIVES: limit(defaultGraphQLLimits.directives),
    GRAPHQL_MAX_ROOT_FIELDS: limit(defaultGraphQLLimits.rootFields),
    GRAPHQL_MAX_DOCUMENT_BYTES: limit(defaultGraphQLLimits.documentBytes),
    GRAPHQL_MAX_TOKENS: limit(defaultGraphQLLimits.tokens),
    GRAPHQL_MAX_COST: limit(defaultGraphQLLimits.cost),
    GRAPHQL_MAX_EVENT_COST: limit(defaultGraphQLLimits.eventCost),
    GRAPHQL_INTROSPECTION: trueOrFalse(defaultGraphQLLimits.introspection),
    RATE_LIMIT_PER_SECOND: numberFrom(0, 1_000_000, 0),
    METRICS_CACHE_MS: numberFrom(0, 600_000, 10_000),
    ARTIFACT_MAX_BYTES: numberFrom(1, 1024 * GIBIBYTE, 5 * GIBIBYTE),
    WS_MAX_SOCKETS_PER_CALLER: limit(defaultSocketLimits.socketsPerCaller),
    WS_MAX_SOCKETS: limit(defaultSocketLimits.sockets),
    WS_MAX_OPERATIONS_PER_SOCKET: limit(defaultSocketLimits.operationsPerSocket),
    WS_MAX_OPERATIONS_PER_CALLER: limit(defaultSocketLimits.operationsPerCaller),
    WS_MAX_OPERATIONS: limit(defaultSocketLimits.operations),
  })
  .transform(
    (env): LimitsConfig => ({
      graphqlLimits: {
        depth: env.GRAPHQL_MAX_DEPTH,
        fields: env.GRAPHQL_MAX_FIELDS,
        aliases: env.GRAPHQL_MAX_ALIASES,
        directives: env.GRAPHQL_MAX_DIRECTIVES,
        rootFields: env.GRAPHQL_MAX_ROOT_FIELDS,
        documentBytes: env.GRAPHQL_MAX_DOCUMENT_BYTES,
        tokens: env.GRAPHQL_MAX_TOKENS,
        cost: env.GRAPHQL_MAX_COST,
        eventCost: env.GRAPHQL_MAX_EVENT_COST,
        introspection: env.GRAPHQL_INTROSPECTION,
      },
      socketLimits: {
        socketsPerCaller: env.WS_MAX_SOCKETS_PER_CALLER,
        sockets: env.WS_MAX_SOCKETS,
        operationsPerSocket: env.WS_MAX_OPERATIONS_PER_SOCKET,
        operationsPerCaller: env.WS_MAX_OPERATIONS_PER_CALLER,
        operations: env.WS_MAX_OPERATIONS,
      },
      keepAliveMs: KEEP_ALIVE_MS,
      rateLimitPerSecond: env.RATE_LIMIT_PER_SECOND,
      metricsCacheMs: env.METRICS_CACHE_MS,
      maxFileBytes: env.ARTIFACT_MAX_BYTES,
    }),
  );
