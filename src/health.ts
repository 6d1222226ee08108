import type { Pool } from "./db/pool.js";
import type { OnlineStore } from "./features/online-store.js";
import type { HealthReport } from "./services.js";

const HEALTH_TIMEOUT_MS = 2_000;

/** A part that does not answer in time is down. */
export async function checkHealth(pool: Pool, online: OnlineStore): Promise<HealthReport> {
  const asked = pool.query("select 1").then(
    () => "OK" as const,
    () => "DOWN" as const,
  );
  const [database, onlineStore] = await Promise.all([orDown(asked), orDown(online.state())]);
  return { database, onlineStore, uptimeSeconds: process.uptime() };
}

async function orDown<T extends string>(state: Promise<T>): Promise<T | "DOWN"> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"DOWN">((resolve) => {
    timer = setTimeout(() => resolve("DOWN"), HEALTH_TIMEOUT_MS);
  });
  return Promise.race([state, timeout]).finally(() => clearTimeout(timer));
}
