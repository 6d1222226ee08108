import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findPlace } from "../../src/db/embedded/place.js";
import { type EmbeddedDatabase, startEmbedded } from "../../src/db/embedded/server.js";
import { createClient } from "../../src/db/pool.js";
import { until } from "./until.js";

/** A PostgreSQL of the test's own, to be ended and started again on the port it had. */
export interface TestServer {
  url: string;
  /** On a connection of its own: the server may have been away since the last one. */
  sql<T = Record<string, any>>(text: string, values?: unknown[]): Promise<T[]>;
  /** Ends the server's first process as it says: SIGKILL is a crash, SIGQUIT an immediate shutdown. */
  signal(name: "SIGKILL" | "SIGQUIT"): Promise<void>;
  start(): Promise<void>;
  /** A fast shutdown. */
  stop(): Promise<void>;
}

export async function startServer(home: string): Promise<TestServer> {
  let server: EmbeddedDatabase = await startEmbedded(home, { fsync: "off" });
  const url = new URL(server.url);
  url.pathname = "/postgres";
  return {
    url: url.href,
    sql: async (text, values) => {
      const client = createClient(url.href);
      await client.connect();
      const { rows } = await client.query(text, values).finally(() => client.end());
      return rows;
    },
    signal: async (name) => {
      const { folder } = await findPlace(home);
      const [pid] = readFileSync(join(folder, "data/postmaster.pid"), "utf8").split("\n");
      process.kill(Number(pid), name);
    },
    // The backends of one that was killed may need a moment to notice that they are alone.
    start: async () => {
      await until("PostgreSQL runs again", async () => {
        server = await startEmbedded(home, { fsync: "off", port: url.port }).catch(() => server);
        return server.started;
      });
    },
    stop: () => server.stop(),
  };
}
