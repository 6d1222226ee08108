import type { z } from "zod";
import { emailOptions } from "../../definitions/language/alerts.js";
import { lineOf } from "../message.js";
import {
  type AlertChannel,
  type ChannelParts,
  consoleLinkOf,
  defineAlertChannel,
  type Outgoing,
} from "./alert-channel.js";
import { NotTakenError } from "./not-taken.js";
import { inOneLine } from "./said.js";

type EmailOptions = z.output<typeof emailOptions>;
type Smtp = NonNullable<ChannelParts["smtp"]>;

/** As long as mail programs show one. */
const SUBJECT_CHARACTERS = 200;
const NO_SERVER = "nothing sends e-mail: set SMTP_URL";

export const email: AlertChannel<EmailOptions> = defineAlertChannel({
  name: "EMAIL",
  description:
    "Sends plain text by the mail server of SMTP_URL. One recipient that the server takes counts as taken.",
  options: emailOptions,

  async problem(_options, parts) {
    const { smtp, timeoutMs } = parts;
    if (!smtp) return NO_SERVER;
    try {
      await withServer(smtp, timeoutMs, AbortSignal.timeout(2 * timeoutMs), (server) => server.verify());
      return null;
    } catch (error) {
      return inWords(error);
    }
  },

  async send(outgoing, { to }, parts, closing) {
    const { smtp, timeoutMs } = parts;
    if (!smtp) throw new NotTakenError(NO_SERVER);
    // Less than the lease, however many round trips it takes.
    const signal = AbortSignal.any([closing, AbortSignal.timeout(3 * timeoutMs)]);
    try {
      await withServer(smtp, timeoutMs, signal, (server) =>
        server.sendMail({ ...letterOf(outgoing, parts), from: smtp.from, to: [...to] }),
      );
    } catch (error) {
      closing.throwIfAborted();
      throw new NotTakenError(inWords(error));
    }
  },
});

/** Names come from people: of the subject they are one line, whatever they hold, and of the body text. */
function letterOf({ id, message }: Outgoing, parts: ChannelParts) {
  const line = inOneLine(lineOf(message));
  const link = consoleLinkOf(message, parts);
  const data = Object.entries(message.data).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return {
    messageId: `<${id}@asof.alerts>`,
    // No answers of those who are away.
    headers: { "auto-submitted": "auto-generated" },
    subject: line.slice(0, SUBJECT_CHARACTERS),
    text: [
      line,
      "",
      ...data,
      "",
      `rule: ${message.rule}`,
      `at: ${message.timestamp}`,
      ...(link ? [link] : []),
    ].join("\n"),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** A connection for each message: they are few, and a server forgets idle ones. */
async function withServer<T>(
  { url }: Smtp,
  timeoutMs: number,
  signal: AbortSignal,
  work: (server: import("nodemailer").Transporter) => Promise<T>,
): Promise<T> {
  const { createTransport } = await import("nodemailer");
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  const server = createTransport({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    // A password goes over TLS, or not at all.
    requireTLS: !secure && username !== "",
    ...(username !== "" && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    ...{
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
    },
  });
  const given = new Promise<never>((_, reject) => {
    const give = () => reject(signal.reason as Error);
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
  try {
    return await Promise.race([work(server), given]);
  } finally {
    server.close();
  }
}

/** The server's own words, in part; never what it was told. */
function inWords(error: unknown): string {
  const { code, responseCode, response, name } = error as {
    code?: string;
    responseCode?: number;
    response?: string;
    name?: string;
  };
  if (responseCode)
    return `the mail server answers ${inOneLine(response ?? String(responseCode)).slice(0, 200)}`;
  if (name === "TimeoutError" || code === "ETIMEDOUT") return "the mail server does not answer in time";
  return `the mail server of SMTP_URL cannot be used: ${code ?? "the connection failed"}`;
}
