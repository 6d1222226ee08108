import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import type { RunEventType } from "../registry/event-types.js";

export interface DemoRunEvent {
  type: RunEventType;
  status: string;
  step: string | null;
  message: string;
  progress: number | null;
}

/** asof's public API as any program would use it: queries over HTTP, run events over WebSocket. */
export class DemoClient {
  constructor(private readonly address: string) {}

  /**
   * @throws {Error} the answer has errors; the message is the first one's
   */
  async query<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await fetch(`${this.address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-asof-actor": "demo" },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
    if (errors?.[0]) throw new Error(errors[0].message);
    return data;
  }

  /** Follows a run from its beginning until it has ended; returns its last status. */
  async follow(runId: string, onEvent: (event: DemoRunEvent) => void): Promise<string> {
    const client = createClient({
      url: `${this.address.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: WebSocket,
    });
    try {
      const events = client.iterate<{ runEvents: DemoRunEvent }>({
        query: "subscription ($id: ID!) { runEvents(runId: $id) { type status step message progress } }",
        variables: { id: runId },
      });
      for await (const { data, errors } of events) {
        if (errors?.[0]) throw errors[0];
        const event = data!.runEvents;
        onEvent(event);
        if (event.type === "STATUS" && ENDED.has(event.status)) return event.status;
      }
      throw new Error(`the events of run ${runId} ended before the run did`);
    } finally {
      await client.dispose();
    }
  }
}

const ENDED = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);
