import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { LineageEvent, LineageEventType } from "../../src/lineage/lineage-event.js";

export interface Received {
  event: LineageEvent;
  authorization: string | undefined;
  path: string | undefined;
}

/**
 * How the receiver answers: a status, or not at all; `vanishes`: it takes the event and closes the connection; `silent`: it takes
 * the event and does not answer.
 */
type Mood = number | "hangs" | "vanishes" | "silent";

/** A receiver of lineage over HTTP, whose answers a test changes. */
export class TestReceiver {
  /** What it took, in order. */
  readonly received: Received[] = [];
  /** Requests that it did not take. */
  refused = 0;
  mood: Mood = 201;
  #port = 0;
  #server = createServer((request, response) => void this.#answer(request, response));

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Again on the same port after `stop`. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { mood } = this;
    const isTaken = typeof mood === "number" ? mood < 300 : mood !== "hangs";
    if (isTaken)
      this.received.push({
        event: JSON.parse(Buffer.concat(parts).toString()) as LineageEvent,
        authorization: request.headers.authorization,
        path: request.url,
      });
    else this.refused++;
    if (mood === "vanishes") response.destroy();
    else if (typeof mood === "number") response.writeHead(mood).end();
  }

  of(runId: string): LineageEvent[] {
    return this.received.map(({ event }) => event).filter(({ run }) => run.runId === runId);
  }

  typesOf(runId: string): LineageEventType[] {
    return this.of(runId).map(({ eventType }) => eventType);
  }

  /** Whether the run's end has come. */
  hasEnded(runId: string): boolean {
    return ["COMPLETE", "FAIL", "ABORT"].includes(this.typesOf(runId).at(-1) ?? "");
  }
}
