import { Registry } from "../../values/registry.js";
import type { AlertChannel } from "./alert-channel.js";
import { webhook } from "./webhook.js";

export const builtInAlertChannels = [webhook] as const satisfies readonly AlertChannel[];

/** By what alerts are sent. */
export const alertChannels = new Registry<AlertChannel>("alert channel", builtInAlertChannels);
