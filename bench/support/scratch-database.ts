import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateDatabase } from "../../src/db/database.js";
import { startEmbedded } from "../../src/db/embedded/server.js";
import { createClient } from "../../src/db/pool.js";
import { definitions } from "../../src/definitions/index.js";

/** An embedded PostgreSQL in a folder of its own, which a bench may fill. */
export interface ScratchServer {
  home: string;
  /** Of the database that every server has. */
  url: string;
  /** Of another database. */
  at(database: string): string;
  /** What an asof over its first database is started with; deliveries lie in the folder, too. */
  env: Record<"DATABASE_URL" | "ASOF_HOME" | "DATA_DIR", string>;
  /** Ends the server and removes the folder. */
  stop(): Promise<void>;
}

export async function startScratchServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<ScratchServer> {
  const home = mkdtempSync(join(tmpdir(), "asof-bench-"));
  const server = await startEmbedded(home, settings);
  // As root the data is kept outside the home, behind a link.
  const data = realpathSync(join(home, "postgres"));
  const at = (database: string): string => {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    return url.href;
  };
  return {
    home,
    url: at("postgres"),
    at,
    env: { DATABASE_URL: at("postgres"), ASOF_HOME: home, DATA_DIR: home },
    stop: async () => {
      await server.stop();
      rmSync(data, { recursive: true, force: true });
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Statements, one after the other, on a connection of their own. */
export async function onServer(url: string, ...statements: readonly string[]): Promise<void> {
  const client = createClient(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Does `work` on a migrated, empty database of an embedded server of its own, which is gone afterwards. */
export async function withScratchDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const server = await startScratchServer();
  try {
    const url = server.at("asof");
    await onServer(server.url, "create database asof");
    await migrateDatabase(url, definitions);
    await work(url);
  } finally {
    await server.stop();
  }
}
