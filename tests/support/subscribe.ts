import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";
import { until } from "./until.js";

export interface Subscriber<T> {
  /** In the order they came. */
  received: T[];
  errors: { message: string; extensions?: Record<string, unknown> }[];
  /** Null as long as it is open. */
  ended: "completed" | "closed" | null;
  closeCode: number | null;
  /** Waits until something it received fits. */
  gets(what: string, fits: (item: T) => boolean): Promise<T>;
  /** Disconnects, as a client that goes away. */
  leave(): Promise<void>;
}

/** One subscription on a connection of its own; `field` is what each item is taken from. */
export function subscribe<T>(
  address: string,
  field: string,
  query: string,
  variables: Record<string, unknown> = {},
  connectionParams: Record<string, string> = {},
): Subscriber<T> {
  const client: Client = createClient({
    url: `${address.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
    lazy: true,
  });
  const subscriber: Subscriber<T> = {
    received: [],
    errors: [],
    ended: null,
    closeCode: null,
    gets: (what, fits) => until(what, () => subscriber.received.find(fits)),
    leave: async () => {
      await client.dispose();
    },
  };
  client.on("closed", (event) => {
    subscriber.closeCode = (event as { code: number }).code;
  });
  client.subscribe<Record<string, T>>(
    { query, variables },
    {
      next: ({ data, errors }) => {
        if (errors) subscriber.errors.push(...(errors as never[]));
        if (data) subscriber.received.push(data[field]!);
      },
      error: (error) => {
        subscriber.ended = "closed";
        if (Array.isArray(error)) subscriber.errors.push(...error);
      },
      complete: () => {
        subscriber.ended ??= "completed";
      },
    },
  );
  return subscriber;
}

export interface EventItem {
  id: string;
  runId: string;
  type: string;
  status: string;
  step: string | null;
  message: string;
}

export function followRun(address: string, runId: string | null, after: string | null = null) {
  return subscribe<EventItem>(
    address,
    "runEvents",
    "subscription($runId: ID, $after: ID) { runEvents(runId: $runId, after: $after) { id runId type status step message } }",
    { runId, after },
  );
}

export const hasEnded = ({ type, status }: EventItem): boolean =>
  type === "STATUS" && ["SUCCEEDED", "FAILED", "CANCELLED"].includes(status);
