import { once } from "node:events";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

export const SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes ...").toString("base64")}`;

/** What it took, with a signature that is right. */
export interface ReceivedAlert {
  id: string;
  message: {
    type: string;
    phase: string;
    rule: string;
    subject: string;
    summary: string;
    data: any;
  } & Record<string, unknown>;
}

/** `vanishes`: it takes the message and closes the connection; `silent`: it takes it and does not answer. */
export type AlertMood =
  | number
  | "hangs"
  | "vanishes"
  | "silent"
  | { status: number; headers?: OutgoingHttpHeaders; body?: string };

/** A receiver of webhooks that verifies them with a library of Standard Webhooks. */
export class AlertReceiver {
  readonly received: ReceivedAlert[] = [];
  /** Bodies of what it did not take. */
  readonly refused: string[] = [];
  /** Paths asked for, in order. */
  readonly paths: string[] = [];
  mood: AlertMood = 204;
  #port = 0;
  #server = createServer((request, response) => void this.#answer(request, response));

  constructor(private readonly secret = SECRET) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}/alerts`;
  }

  async start(): Promise<this> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  of(type: string): ReceivedAlert[] {
    return this.received.filter(({ message }) => message.type === type);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    this.paths.push(request.url ?? "");
    const { mood } = this;
    const status = typeof mood === "number" ? mood : typeof mood === "object" ? mood.status : null;
    if (status === null ? mood !== "hangs" : status < 300) this.#take(request, body);
    else this.refused.push(body);
    if (mood === "vanishes") response.destroy();
    else if (typeof mood === "object") response.writeHead(mood.status, mood.headers).end(mood.body);
    else if (status !== null) response.writeHead(status).end();
  }

  #take(request: IncomingMessage, body: string): void {
    const headers = request.headers as Record<string, string>;
    // Throws where the signature, the id or the time is not right: the process of the test ends then.
    const message = new Webhook(this.secret).verify(body, headers) as ReceivedAlert["message"];
    this.received.push({ id: headers["webhook-id"]!, message });
  }
}
