import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createClient as createSocket } from "graphql-ws";
import { at, socketAt } from "./place.js";

/** Answers of the session that has ended are nobody's any more: the page asks for a token again. */
export const SESSION_ENDED = "asof:session-ended";

/** Close codes with which the server says that the caller may not, or may no longer, use the socket. */
const REFUSED = new Set([4401, 4403]);

const LONGEST_WAIT_MS = 4_000;

/** A server that was started again is found soon, and not by all pages at the same moment. */
const waitBefore = (attempts: number): number =>
  Math.min(LONGEST_WAIT_MS, 250 * 2 ** attempts) * (0.75 + Math.random() / 2);

/** GraphQL over HTTP, subscriptions over one WebSocket that is opened with the first of them. */
export function createClient(): ApolloClient {
  const socket = createSocket({
    url: socketAt("graphql"),
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: (attempts) => new Promise((resolve) => setTimeout(resolve, waitBefore(attempts))),
    shouldRetry: (closed) => !(closed instanceof CloseEvent && REFUSED.has(closed.code)),
    on: {
      closed: (event) => {
        if (event instanceof CloseEvent && REFUSED.has(event.code)) endSession();
      },
    },
  });
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: at("graphql"), fetch: fetchInSession }),
    ),
    cache: new InMemoryCache({ typePolicies: CACHE }),
    defaultOptions: { watchQuery: { fetchPolicy: "cache-and-network" } },
  });
}

/** Types without an id of their own are part of what holds them. */
const PART = { keyFields: false } as const;
const CACHE = {
  UserFeatures: PART,
  FeatureDefinition: PART,
  Prediction: PART,
  Metric: PART,
  RunStep: PART,
  Health: { keyFields: [] },
  FeatureStoreStatus: { keyFields: [] },
  Viewer: { keyFields: [] },
  Deployment: { keyFields: ["name"] },
} as const;

async function fetchInSession(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  if (response.status === 401) endSession();
  return response;
}

function endSession(): void {
  window.dispatchEvent(new Event(SESSION_ENDED));
}
