import { z } from "zod";
import { isAddressOrRange } from "../../alerts/channels/checked-addresses.js";
import { variable } from "./variable.js";

export interface AlertsConfig {
  /** Hosts, addresses and ranges that alerts may be sent to though they are not public. */
  alertAllowHosts: readonly string[];
  /** Where people find the console, for links in alerts; null: there are none. */
  alertConsoleUrl: string | null;
  /** What sends e-mail; null: nothing does. */
  smtp: { readonly url: string; readonly from: string } | null;
}

const HOST = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,252})$/;

export const alertVariables = z
  .object({
    ALERT_ALLOW_HOSTS: variable(
      z
        .string()
        .transform((text) => text.split(",").map((entry) => entry.trim()))
        .refine(
          (entries) => entries.every((entry) => isAddressOrRange(entry) || HOST.test(entry)),
          "must be hosts, addresses or ranges such as hooks.internal,10.0.0.0/8",
        ),
      null,
    ),
    ALERT_CONSOLE_URL: variable(
      z
        .string()
        .refine(
          (text) => /^https?:\/\//.test(text) && URL.canParse(text) && !/[<>|\s]/.test(text),
          "must be a URL that begins with http:// or https://",
        ),
      null,
    ),
    SMTP_URL: variable(
      z
        .string()
        .refine(
          (text) => /^smtps?:\/\/[^/]/.test(text) && URL.canParse(text),
          "must be a URL such as smtp://user:password@mail.example:587 or smtps://mail.example",
        ),
      null,
    ),
    ALERT_FROM: variable(
      z
        .string()
        .regex(
          /^([^<>\p{Cc}]{0,100}<)?[^\s<>@,;]{1,64}@[A-Za-z0-9.-]{1,190}>?$/u,
          "must be an address such as asof@mail.example or asof <asof@mail.example>",
        ),
      null,
    ),
  })
  .transform(
    (env): AlertsConfig => ({
      alertAllowHosts: env.ALERT_ALLOW_HOSTS ?? [],
      alertConsoleUrl: env.ALERT_CONSOLE_URL,
      smtp:
        env.SMTP_URL === null
          ? null
          : { url: env.SMTP_URL, from: env.ALERT_FROM ?? `asof@${new URL(env.SMTP_URL).hostname}` },
    }),
  );
