import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { createClient, quote } from "../pool.js";
import { startEmbedded } from "./server.js";

/** The embedded server of one ASOF_HOME, which its processes share. */
export interface SharedServer {
  url: string;
  /** The last one out stops the server. */
  leave(): Promise<void>;
}

const KEY = "hashtextextended('asof_home', 0)";
const JOIN_LIMIT_MS = 60_000;

/**
 * Starts or adopts the home's server and says so to its other processes by a shared lock, held until `leave`:
 * whoever gets the lock for itself alone is the last one. Locks go with the connection, so a killed process
 * keeps nothing up.
 * @throws {Error} the server cannot be started
 */
export async function joinEmbedded(home: string): Promise<SharedServer> {
  const deadline = performance.now() + JOIN_LIMIT_MS;
  for (;;) {
    const { url, stop } = await startEmbedded(home);
    const database = new URL(url);
    const name = database.pathname.slice(1);
    database.pathname = "/postgres";
    const client = createClient(database.href);
    let lost = false;
    client.on("error", () => {
      lost = true;
    });
    try {
      await client.connect();
      await client.query(`select pg_advisory_lock_shared(${KEY})`);
      await createDatabase(client, name);
    } catch (error) {
      await client.end().catch(() => {});
      if (!isGoing(error) || performance.now() > deadline) throw error;
      // The former last one is stopping it just now.
      await delay(50);
      continue;
    }
    return {
      url,
      leave: async () => {
        // Without the connection nothing is known of the others: the next start adopts what runs.
        if (!lost && (await isLast(client))) await stop();
        await client.end().catch(() => {});
      },
    };
  }
}

async function isLast(client: pg.Client): Promise<boolean> {
  await client.query(`select pg_advisory_unlock_shared(${KEY})`);
  const { rows } = await client.query<{ alone: boolean }>(`select pg_try_advisory_lock(${KEY}) as alone`);
  return rows[0]!.alone;
}

async function createDatabase(client: pg.Client, name: string): Promise<void> {
  const found = await client.query("select 1 from pg_database where datname = $1", [name]);
  if (found.rowCount !== 0) return;
  try {
    await client.query(`create database ${quote(name)}`);
  } catch (error) {
    // Another process of the same home was first.
    const { code } = error as { code?: string };
    if (code !== "42P04" && code !== "23505") throw error;
  }
}

/** Refused or cut off: by a server that is shutting down, or is gone. */
function isGoing(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  if (code === "57P01" || code === "57P03" || code === "ECONNREFUSED" || code === "ECONNRESET") return true;
  return message?.startsWith("Connection terminated") ?? false;
}
