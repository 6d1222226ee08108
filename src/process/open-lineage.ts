import type { Logger } from "pino";
import type { Database } from "../db/database.js";
import type { Notifications } from "../db/notifications.js";
import { type LineageBacklog, lineageBacklog } from "../lineage/lineage-outbox.js";
import { LineageSender } from "../lineage/lineage-sender.js";
import type { Closing } from "./closing.js";
import type { Config } from "./config.js";

interface LineageParts {
  config: Config;
  database: Database;
  logger: Logger;
  closing: Closing;
}

/** What sends the events of runs, and tells what waits; null: no receiver is named. Before the listener starts. */
export function openLineage(
  { config, database, logger, closing }: LineageParts,
  listener: Notifications,
): { start(): void; backlog(): Promise<LineageBacklog> } | null {
  if (!config.lineage) return null;
  const sender = new LineageSender(database.pool, config.lineage, logger, listener);
  return {
    start: () => {
      closing.push(() => sender.close());
      sender.start();
    },
    backlog: () => lineageBacklog(database.lanes.series),
  };
}
