import { Registry } from "../../values/registry.js";
import type { AlertChannel } from "./alert-channel.js";
import { email } from "./email.js";
import { webhook } from "./webhook.js";

export const builtInAlertChannels = [webhook, email] as const satisfies readonly AlertChannel[];

/** By what alerts are sent. */
export const alertChannels = new Registry<AlertChannel>("alert channel", builtInAlertChannels);
