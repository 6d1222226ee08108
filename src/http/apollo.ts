import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import type { FastifyBaseLogger } from "fastify";
import type { GraphQLSchema } from "graphql";
import type { GraphQLContext } from "../resolvers/context.js";
import { formatGraphQLError } from "./graphql-error.js";
import type { Metrics } from "./metrics.js";

/** Apollo Server, started. Fastify drains the requests when it closes, so Apollo has nothing to wait for. */
export async function startApollo(
  schema: GraphQLSchema,
  log: FastifyBaseLogger,
  metrics: Metrics,
): Promise<ApolloServer<GraphQLContext>> {
  const apollo = new ApolloServer<GraphQLContext>({
    schema,
    csrfPrevention: true,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: log,
    formatError: (_formatted, error) => formatGraphQLError(error, log),
    plugins: [ApolloServerPluginLandingPageDisabled(), timeOperations(metrics)],
  });
  await apollo.start();
  return apollo;
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
