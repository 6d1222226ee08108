import type { z } from "zod";
import { webhookOptions, webhookUrlProblem } from "../../definitions/language/alerts.js";
import { type AlertMessage, lineOf } from "../message.js";
import {
  type AlertChannel,
  type ChannelParts,
  consoleLinkOf,
  defineAlertChannel,
  type Outgoing,
} from "./alert-channel.js";
import { checkedAddresses } from "./checked-addresses.js";
import { NotTakenError } from "./not-taken.js";
import { type Answer, post } from "./post.js";
import { inOneLine } from "./said.js";
import { secretProblem, webhookHeaders } from "./signature.js";

type WebhookOptions = z.output<typeof webhookOptions>;

/** Of what a receiver said, as it is shown. */
const SHOWN_CHARACTERS = 200;

export const webhook: AlertChannel<WebhookOptions> = defineAlertChannel({
  name: "WEBHOOK",
  description:
    "Posts JSON to a URL, signed as Standard Webhooks 1.0.0 says; or the form that Slack's incoming webhooks take.",
  options: webhookOptions,

  async problem(options, parts) {
    try {
      secretsOf(options, parts);
      await checkedAddresses(
        urlOf(options, parts).hostname,
        parts.allowed,
        AbortSignal.timeout(parts.timeoutMs),
      );
      return null;
    } catch (error) {
      if (error instanceof NotTakenError) return error.message;
      return `the address of the host is not known after ${parts.timeoutMs / 1000} s`;
    }
  },

  async send({ id, message, at }, options, parts, closing) {
    const url = urlOf(options, parts);
    const secrets = secretsOf(options, parts);
    const signal = AbortSignal.any([closing, AbortSignal.timeout(parts.timeoutMs)]);
    const answer = await answered(closing, parts, async () => {
      const addresses = await checkedAddresses(url.hostname, parts.allowed, signal);
      const body = JSON.stringify(BODIES[options.format]({ id, message, at }, consoleLinkOf(message, parts)));
      const headers = { "content-type": "application/json", ...webhookHeaders(secrets, id, at, body) };
      return post(url, { body, headers, addresses, signal });
    });
    requireTaken(answer);
  },
});

const BODIES: Readonly<
  Record<WebhookOptions["format"], (outgoing: Outgoing, link: string | null) => Record<string, unknown>>
> = {
  ASOF: ({ id, message: { page: _, ...message } }, link) => ({ id, ...message, link }),
  SLACK: ({ message }, link) => ({ text: slackText(message, link) }),
};

/** Slack reads three characters as markup. */
const slackText = (message: AlertMessage, link: string | null): string => {
  const line = lineOf(message).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return link === null ? line : `${line} <${link}|more>`;
};

/** @throws {NotTakenError} the variable is not set, or holds no URL */
function urlOf({ url, urlFrom }: WebhookOptions, parts: ChannelParts): URL {
  if (url !== undefined) return new URL(url);
  const text = required(urlFrom!, parts);
  const problem = webhookUrlProblem(text);
  if (problem) throw new NotTakenError(`${urlFrom}: ${problem}`);
  return new URL(text);
}

/** @throws {NotTakenError} a variable is not set, or holds no secret */
function secretsOf({ secret, previousSecret }: WebhookOptions, parts: ChannelParts): string[] {
  return [secret, previousSecret].flatMap((name) => {
    if (name === undefined) return [];
    const value = required(name, parts);
    const problem = secretProblem(value);
    if (problem) throw new NotTakenError(`${name} ${problem}`);
    return [value];
  });
}

function required(name: string, { variable }: ChannelParts): string {
  const value = variable(name)?.trim();
  if (!value) throw new NotTakenError(`${name} is not set; set it in the environment of every process`);
  return value;
}

/** @throws {NotTakenError} what kept it from an answer, in words @throws the reason of `closing` */
async function answered(
  closing: AbortSignal,
  { timeoutMs }: ChannelParts,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    closing.throwIfAborted();
    if (error instanceof NotTakenError) throw error;
    const { name, code, cause } = error as NodeJS.ErrnoException & { cause?: { name?: string } };
    const isLate = name === "TimeoutError" || cause?.name === "TimeoutError";
    throw new NotTakenError(
      isLate ? `no answer in ${timeoutMs / 1000} s` : `no answer: ${code ?? "the connection failed"}`,
    );
  }
}

/** @throws {NotTakenError} */
function requireTaken({ status, text, retryAfterSeconds }: Answer): void {
  if (status >= 200 && status < 300) return;
  const said = inOneLine(text).slice(0, SHOWN_CHARACTERS);
  const redirects = status >= 300 && status < 400 ? ", a redirect, which is not followed" : "";
  throw new NotTakenError(
    `it answers ${status}${redirects}${said === "" ? "" : `: ${said}`}`,
    // The receiver is gone for good: Standard Webhooks asks to stop.
    status === 410 ? "never" : retryAfterSeconds,
  );
}
