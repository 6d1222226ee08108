import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPlace } from "../../src/db/embedded/place.js";
import { startEmbedded } from "../../src/db/embedded/server.js";
import { createClient } from "../../src/db/pool.js";
import { freePort } from "./free-port.js";
import { until } from "./until.js";

export interface Replicated {
  primary: string;
  replica: string;
  /** On a connection of its own, as the server may have been away. */
  sql<T = Record<string, any>>(url: string, text: string, values?: unknown[]): Promise<T[]>;
  /** Ends the standby alone. */
  stopReplica(): Promise<void>;
  startReplica(): Promise<void>;
  stop(): Promise<void>;
}

/** A primary and a standby that streams from it; the standby is begun as a copy of the primary's folder while that is stopped. */
export async function startReplicated(): Promise<Replicated> {
  const homes = [mkdtempSync(join(tmpdir(), "asof-primary-")), mkdtempSync(join(tmpdir(), "asof-replica-"))];
  const settings = { fsync: "off", shared_buffers: "64MB" };
  await (await startEmbedded(homes[0]!, settings)).stop();
  const [first, second] = [await findPlace(homes[0]!), await findPlace(homes[1]!)];
  const data = join(second.folder, "data");
  // With owners and modes, of which PostgreSQL is particular.
  execFileSync("cp", ["-a", join(first.folder, "data"), data]);
  const primary = await startEmbedded(homes[0]!, settings);
  const at = new URL(primary.url);
  // The one database that both have.
  at.pathname = "/postgres";
  const conninfo = `host=127.0.0.1 port=${at.port} user=${at.username} password=${at.password}`;
  writeFileSync(join(data, "standby.signal"), "");
  appendFileSync(join(data, "postgresql.auto.conf"), `primary_conninfo = '${conninfo}'\n`);
  const port = await freePort();
  const url = new URL(at.href);
  url.port = String(port);
  const sql: Replicated["sql"] = async (where, text, values) => {
    const client = createClient(where);
    client.on("error", () => {});
    await client.connect();
    const { rows } = await client.query(text, values).finally(() => client.end());
    return rows;
  };
  let stopReplica = async () => {};
  const startReplica = async () => {
    const options = [
      ...["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"],
      ...["shared_buffers=64MB", "fsync=off", "timezone=UTC"],
    ].flatMap((option) => ["-c", option]);
    const child = spawn(second.binaries.postgres, ["-D", data, "-p", String(port), ...options], {
      ...second.owner,
      env: { ...process.env, LC_ALL: "C" },
      stdio: "ignore",
    });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    stopReplica = async () => {
      child.kill("SIGQUIT");
      await exited;
    };
    await until("the standby answers", () => sql(url.href, "select 1").catch(() => false), 30_000);
  };
  await startReplica();
  return {
    primary: at.href,
    replica: url.href,
    sql,
    startReplica,
    stopReplica: () => stopReplica(),
    stop: async () => {
      await stopReplica();
      await primary.stop();
      for (const home of homes) rmSync(home, { recursive: true, force: true });
    },
  };
}
