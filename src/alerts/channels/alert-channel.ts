import type { z } from "zod";
import type { AlertMessage } from "../message.js";
import type { AllowedHosts } from "./checked-addresses.js";

/** What channels have of the process that sends. */
export interface ChannelParts {
  /** A variable of the environment; undefined where it is not set. */
  variable(name: string): string | undefined;
  /** Hosts that alerts may be sent to though their addresses are not public. */
  readonly allowed: AllowedHosts;
  /** Where the console is, for links; null: not known. */
  readonly consoleUrl: string | null;
  /** What sends e-mail; null: nothing does. */
  readonly smtp: { readonly url: string; readonly from: string } | null;
  /** For an address, a connection and the whole answer together. */
  readonly timeoutMs: number;
}

/** One message, and by which id its receiver knows it again. */
export interface Outgoing {
  readonly id: string;
  readonly message: AlertMessage;
  /** By the database's clock. */
  readonly at: Date;
}

/** By what alerts are sent: one record a channel. */
export interface AlertChannel<Options = unknown> {
  /** In capitals; one from outside has an underscore. */
  readonly name: string;
  /** A sentence, for the API and docs/alerts.md. */
  readonly description: string;
  /** Each option with what it means as its description. No secret is one: an option names the variable that holds it. */
  readonly options: z.ZodType<Options>;
  /** What keeps this process from sending with these options; null: nothing does. It names no secret. */
  problem(options: Options, parts: ChannelParts): Promise<string | null>;
  /** @throws {NotTakenError} */
  send(outgoing: Outgoing, options: Options, parts: ChannelParts, signal: AbortSignal): Promise<void>;
}

/** Checks one record while its type is inferred. */
export const defineAlertChannel = <Options>(channel: AlertChannel<Options>): AlertChannel<Options> => channel;

/** Where more is shown; null where the console's address is not known. */
export const consoleLinkOf = ({ page }: AlertMessage, { consoleUrl }: ChannelParts): string | null =>
  consoleUrl === null ? null : `${consoleUrl.replace(/\/+$/, "")}${page}`;
