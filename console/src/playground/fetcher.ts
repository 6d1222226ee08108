import { createGraphiQLFetcher, type Fetcher, type FetcherReturnType } from "@graphiql/toolkit";
import { type DocumentNode, getOperationAST } from "graphql";
import { createClient } from "graphql-ws";
import { growing } from "./growing.js";

/**
 * Sends what is typed to the page's own address. Who asks is the session's cookie, or what the tab's headers say: over a
 * WebSocket a browser can set no headers, so they go along as connection parameters.
 */
export function createFetcher(address: string): Fetcher {
  const http = createGraphiQLFetcher({ url: address });
  return (params, options) => {
    const { query, operationName, variables } = params;
    if (!isSubscription(options?.documentAST, operationName)) return http(params, options);
    const socket = createClient({
      url: address.replace(/^http/, "ws"),
      connectionParams: { ...options?.headers },
      retryAttempts: 0,
    });
    const events = socket.iterate({
      query,
      ...(operationName ? { operationName } : {}),
      variables: variables as Record<string, unknown> | null,
    });
    return growing(readable(events)) as unknown as FetcherReturnType;
  };
}

/** A socket that is refused ends with an event of the browser's: what it says is in its reason. */
async function* readable<Event>(events: AsyncIterable<Event>): AsyncGenerator<Event> {
  try {
    yield* events;
  } catch (error) {
    if (!(error instanceof CloseEvent)) throw error;
    throw new Error(
      `the server ended the subscription: ${error.reason || "no reason given"} (${error.code})`,
    );
  }
}

const isSubscription = (document: DocumentNode | undefined, name: string | null | undefined): boolean =>
  document !== undefined && getOperationAST(document, name)?.operation === "subscription";
