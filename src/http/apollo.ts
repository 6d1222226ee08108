import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import type { FastifyBaseLogger } from "fastify";
import { GraphQLError, type GraphQLSchema } from "graphql";
import { BadUserInputError } from "../errors/errors.js";
import { currentRequest } from "../observability/request-scope.js";
import type { GraphQLContext } from "../resolvers/context.js";
import { formatGraphQLError } from "./graphql-error.js";
import type { KnownOperations } from "./known-operations.js";
import type { Admission } from "./limits/admission.js";
import type { DocumentLimits } from "./limits/document-limits.js";
import type { Metrics } from "./metrics.js";

/** Apollo Server, started. Fastify drains the requests when it closes, so Apollo has nothing to wait for. */
export async function startApollo(
  schema: GraphQLSchema,
  log: FastifyBaseLogger,
  metrics: Metrics,
  limits: DocumentLimits,
  admission: Admission,
  known: KnownOperations,
): Promise<ApolloServer<GraphQLContext>> {
  const apollo = new ApolloServer<GraphQLContext>({
    schema,
    csrfPrevention: true,
    introspection: limits.limits.introspection,
    hideSchemaDetailsFromClientErrors: !limits.limits.introspection,
    parseOptions: { maxTokens: limits.limits.tokens },
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: log,
    formatError: (_formatted, error) => formatGraphQLError(error, log),
    // Nothing here is marked as cacheable; the plugin would wrap every field's resolver to find that out.
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      timeOperations(metrics),
      admitOperations(limits, admission),
      teach(known),
    ],
  });
  await apollo.start();
  return apollo;
}

const NO_SOCKET =
  "a subscription was sent over HTTP; it speaks graphql-transport-ws, over WebSocket on the same path";

/** Every request anew, as its cost is in its variables. */
function admitOperations(limits: DocumentLimits, admission: Admission): ApolloServerPlugin<GraphQLContext> {
  return {
    async requestDidStart() {
      let leave = () => {};
      return {
        async willSendResponse() {
          leave();
        },
        async didResolveOperation({ document, request, operation }) {
          const scope = currentRequest();
          if (scope && operation?.operation === "mutation") scope.abandonable = false;
          try {
            if (operation?.operation === "subscription") throw new BadUserInputError(NO_SOCKET);
            leave = await admission.enter(
              limits.checkOperation(document, request.operationName, request.variables),
            );
          } catch (error) {
            throw new GraphQLError((error as Error).message, {
              originalError: error as Error,
              extensions: { http: { status: 400 } },
            });
          }
        },
      };
    },
  };
}

/** Only what passed every check before it. */
function teach(known: KnownOperations): ApolloServerPlugin<GraphQLContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ source, document }) {
          known.learn(source, document);
        },
      };
    },
  };
}

function timeOperations({ operationSeconds }: Metrics): ApolloServerPlugin<GraphQLContext> {
  return {
    async requestDidStart() {
      const end = operationSeconds.startTimer();
      return {
        async willSendResponse({ operation }) {
          end({ operation: operation?.operation ?? "invalid" });
        },
      };
    },
  };
}
