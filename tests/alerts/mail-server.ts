import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** One letter as the server has it. */
export interface Letter {
  to: string[];
  from: string;
  /** Header lines as they came, and the text. */
  headers: string;
  body: string;
  secure: boolean;
  user: string | undefined;
}

/** A mail server that keeps what it takes; `refuses`: by a status, as a full mailbox does. */
export class MailServer {
  readonly letters: Letter[] = [];
  /** Names and passwords that were told to it. */
  readonly logins: string[] = [];
  refuses: { code: number; message: string } | null = null;
  readonly #server: SMTPServer;

  constructor(options: SMTPServerOptions = {}) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      disableReverseLookup: true,
      logger: false,
      ...options,
      onAuth: ({ username, password }, _session, answer) => {
        this.logins.push(`${username}:${password}`);
        answer(null, { user: username });
      },
      onData: (stream, session, answer) => {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          if (this.refuses) {
            const { code, message } = this.refuses;
            answer(Object.assign(new Error(message), { responseCode: code }));
            return;
          }
          const [headers = "", ...body] = Buffer.concat(parts).toString().split("\r\n\r\n");
          this.letters.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            from: session.envelope.mailFrom ? session.envelope.mailFrom.address : "",
            ...{ headers, body: body.join("\r\n\r\n"), secure: session.secure === true },
            user: session.user as string | undefined,
          });
          answer(null);
        });
      },
    });
    this.#server.on("error", () => {});
  }

  async start(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server.server, "listening");
    return this;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
