import type { Pool } from "./db/pool.js";
import type { OnlineStore } from "./features/online-store.js";
import { outsideRequests } from "./observability/request-scope.js";
import type { HealthReport } from "./services.js";

const HEALTH_TIMEOUT_MS = 2_000;

type States = Pick<HealthReport, "database" | "onlineStore">;

/**
 * A part that does not answer in time is down. Those who ask at once share one look: they are answered however many there
 * are.
 * @param pool its connections are for this alone
 */
export function healthCheck(pool: Pool, online: OnlineStore): () => Promise<HealthReport> {
  let underWay: Promise<States> | null = null;
  return async () => {
    underWay ??= outsideRequests(() => look(pool, online)).finally(() => {
      underWay = null;
    });
    return { ...(await underWay), uptimeSeconds: process.uptime() };
  };
}

async function look(pool: Pool, online: OnlineStore): Promise<States> {
  const asked = pool.query("select 1").then(
    () => "OK" as const,
    () => "DOWN" as const,
  );
  const [database, onlineStore] = await Promise.all([orDown(asked), orDown(online.state())]);
  return { database, onlineStore };
}

async function orDown<T extends string>(state: Promise<T>): Promise<T | "DOWN"> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"DOWN">((resolve) => {
    timer = setTimeout(() => resolve("DOWN"), HEALTH_TIMEOUT_MS);
  });
  return Promise.race([state, timeout]).finally(() => clearTimeout(timer));
}
