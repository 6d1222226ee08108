import { Registry } from "../../values/registry.js";
import { waitAtMost } from "../wait-at-most.js";
import type { AlertChannel, ChannelParts } from "./alert-channel.js";
import { email } from "./email.js";
import { webhook } from "./webhook.js";

export const builtInAlertChannels = [webhook, email] as const satisfies readonly AlertChannel[];

/** By what alerts are sent. */
export const alertChannels = new Registry<AlertChannel>("alert channel", builtInAlertChannels);

/**
 * What keeps this process from sending by a channel with these options, in words; null: nothing does. A channel from outside may
 * fail, or never answer.
 */
export async function sendingProblem(
  named: string,
  given: unknown,
  parts: ChannelParts,
): Promise<string | null> {
  const channel = alertChannels.find(named);
  try {
    const options = channel?.options.safeParse(given).data;
    if (!channel || options === undefined) return `there is no channel ${named} here that takes its options`;
    const mostMs = 3 * parts.timeoutMs;
    const late = new Error(`it does not say in ${mostMs / 1000} s whether it can send`);
    return await waitAtMost(mostMs, late, new AbortController().signal, () =>
      channel.problem(options, parts),
    );
  } catch (error) {
    return `the channel ${named} failed: ${error instanceof Error ? error.message : "it threw no error"}`;
  }
}
