import type { Logger } from "pino";
import { AlertLoop } from "../alerts/alert-loop.js";
import { Alerts } from "../alerts/alerts.js";
import type { ChannelParts } from "../alerts/channels/alert-channel.js";
import { AllowedHosts } from "../alerts/channels/checked-addresses.js";
import type { StateSources } from "../alerts/state-watch.js";
import type { Database } from "../db/database.js";
import type { Notifications } from "../db/notifications.js";
import type { Deployment } from "../definitions/language/deployment.js";
import type { Closing } from "./closing.js";
import type { AlertsConfig } from "./config/alerts.js";
import type { Config } from "./config.js";

/** An answer that takes longer is none. */
const TIMEOUT_MS = 10_000;

interface OpenedAlerts {
  alerts: Alerts;
  start(): Promise<void>;
}

/** What finds and sends alerts, and answers about them. Before the listener starts. */
export function openAlerts(
  parts: { config: Config; definitions: Deployment; database: Database; logger: Logger; closing: Closing },
  states: StateSources,
  listener: Notifications,
): OpenedAlerts {
  const { config, definitions, database, logger, closing } = parts;
  const channels = channelParts(config);
  const { pool } = database;
  const loop = new AlertLoop({ pool, definitions, channels, states, logger }, listener);
  return {
    alerts: new Alerts(database.requests, definitions, channels, loop.sender),
    start: async () => {
      closing.push(() => loop.close());
      await loop.start();
    },
  };
}

/** What this process's environment has for channels. */
export const channelParts = ({ alertAllowHosts, alertConsoleUrl, smtp }: AlertsConfig): ChannelParts => ({
  variable: (name) => process.env[name],
  allowed: new AllowedHosts(alertAllowHosts),
  consoleUrl: alertConsoleUrl,
  smtp,
  timeoutMs: TIMEOUT_MS,
});
