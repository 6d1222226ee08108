import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Logger } from "pino";
import { createClient, quote } from "../pool.js";
import { readPostmasterFile } from "./guarded-start.js";
import { type EmbeddedDatabase, startEmbedded } from "./server.js";
import { forgetEnd, IN_USE, noteEnd, watchServer } from "./watch.js";

/** The embedded server of one ASOF_HOME, which its processes share. */
export interface SharedServer {
  url: string;
  /** Why it cannot be kept up any longer: this process can only end. Pending while all is well. */
  lost: Promise<Error>;
  /** The last one out stops the server. */
  leave(): Promise<void>;
}

export type ServerLog = Pick<Logger, "info" | "warn" | "error">;

const JOIN_LIMIT_MS = 60_000;
/** As long as a server that died is started again and again: its disk may be full for a while. */
const RESTART_LIMIT_MS = 120_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** One that dies more often than this within the limit will do so again. */
const MOST_RESTARTS = 10;
const LOOK_MS = 1_000;

/**
 * Starts or adopts the home's server and says so to its other processes by a shared lock, held until `leave`:
 * whoever gets the lock for itself alone is the last one. Locks go with the connection, so a killed process
 * keeps nothing up: the server watches that lock, too (watch.ts). One that dies is started again on its port.
 * @throws {Error} the server cannot be started
 */
export async function joinEmbedded(home: string, log?: ServerLog): Promise<SharedServer> {
  return new Membership(home, await enter(home, {}, log), log);
}

interface Session {
  server: EmbeddedDatabase;
  /** Holds the lock. */
  client: pg.Client;
  pid: number;
}

async function enter(
  home: string,
  settings: Readonly<Record<string, string>>,
  log: ServerLog | undefined,
): Promise<Session> {
  const deadline = performance.now() + JOIN_LIMIT_MS;
  for (;;) {
    const server = await startEmbedded(home, settings, (what) => log?.info(what));
    const database = new URL(server.url);
    const name = database.pathname.slice(1);
    database.pathname = "/postgres";
    const client = createClient(database.href);
    client.on("error", () => {}); // "end" follows
    try {
      await client.connect();
      await client.query(`set lock_timeout = ${JOIN_LIMIT_MS}`);
      await client.query(`select pg_advisory_lock_shared(${IN_USE})`);
      forgetEnd(server.dataDir);
      await watchServer(database.href, server);
      server.watched();
      await createDatabase(client, name);
      return { server, client, pid: readPostmasterFile(server.dataDir).pid };
    } catch (error) {
      await client.end().catch(() => {});
      if (!isGoing(error) || performance.now() > deadline) throw error;
      // The former last one is stopping it just now.
      await delay(50);
    }
  }
}

class Membership implements SharedServer {
  readonly url: string;
  readonly lost: Promise<Error>;
  #lose!: (error: Error) => void;
  #leaving = false;
  #rejoining: Promise<void> | null = null;
  readonly #restarts: number[] = [];
  readonly #look: NodeJS.Timeout;
  /** Of a process that ends without leaving, for whatever reason but SIGKILL. */
  readonly #noteEnd = () => {
    try {
      noteEnd(this.session.server.dataDir);
    } catch {
      // Then the server ends later.
    }
  };

  constructor(
    private readonly home: string,
    private session: Session,
    private readonly log: ServerLog | undefined,
  ) {
    this.url = session.server.url;
    this.lost = new Promise((resolve) => {
      this.#lose = (error) => {
        this.#leaving = true;
        clearInterval(this.#look);
        resolve(error);
      };
    });
    process.on("exit", this.#noteEnd);
    this.#look = setInterval(() => this.#lookForFolder(), LOOK_MS).unref();
    this.#follow(session);
  }

  async leave(): Promise<void> {
    this.#leaving = true;
    clearInterval(this.#look);
    await this.#rejoining;
    const { client, server } = this.session;
    // Without the connection nothing is known of the others; a server that is still up ends by itself.
    if (await isLast(client).catch(() => false)) await server.stop();
    await client.end().catch(() => {});
    process.off("exit", this.#noteEnd);
  }

  #follow(session: Session): void {
    this.session = session;
    session.client.once("end", () => {
      if (!this.#leaving) this.#rejoining = this.#rejoin().finally(() => (this.#rejoining = null));
    });
  }

  async #rejoin(): Promise<void> {
    const since = performance.now();
    this.log?.warn({ home: this.home }, "the embedded PostgreSQL is gone; it is started again");
    this.#restarts.push(since);
    if (this.#restarts.filter((at) => since - at < RESTART_LIMIT_MS).length > MOST_RESTARTS)
      return this.#lose(new Error(`the embedded PostgreSQL dies again and again; ${this.#whereToRead()}`));
    // Everybody's connections lead to this port.
    const settings = { port: new URL(this.url).port };
    for (let attempt = 1; !this.#leaving; attempt++) {
      if (this.#isDeleted()) return this.#lose(this.#deleted());
      try {
        const session = await enter(this.home, settings, this.log);
        this.#follow(session);
        if (session.server.url !== this.url)
          return this.#lose(new Error("the embedded PostgreSQL was started again on another port"));
        const ms = Math.round(performance.now() - since);
        this.log?.warn({ attempt, ms }, "the embedded PostgreSQL runs again");
        return;
      } catch (err) {
        this.log?.error({ err, attempt }, "the embedded PostgreSQL could not be started");
      }
      if (performance.now() - since > RESTART_LIMIT_MS)
        return this.#lose(
          new Error(
            `the embedded PostgreSQL could not be started again in ${RESTART_LIMIT_MS / 1000} s; ${this.#whereToRead()}`,
          ),
        );
      await delay(Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS));
    }
  }

  /** PostgreSQL itself notices within a minute, and answers until then with errors about missing files. */
  #lookForFolder(): void {
    if (this.#leaving || !this.#isDeleted()) return;
    this.#lose(this.#deleted());
    try {
      process.kill(this.session.pid, "SIGQUIT");
    } catch {
      // It has noticed.
    }
  }

  #isDeleted(): boolean {
    return (
      !existsSync(join(this.home, "postgres")) || !existsSync(join(this.session.server.dataDir, "PG_VERSION"))
    );
  }

  #deleted(): Error {
    return new Error(
      `the database in ${join(this.home, "postgres")} was deleted while asof ran, and is lost; start asof again for an empty one, or bring one back (asof restore)`,
    );
  }

  #whereToRead(): string {
    return `read ${join(this.session.server.dataDir, "..", "postgres.log")}`;
  }
}

async function isLast(client: pg.Client): Promise<boolean> {
  await client.query(`select pg_advisory_unlock_shared(${IN_USE})`);
  const { rows } = await client.query<{ alone: boolean }>(`select pg_try_advisory_lock(${IN_USE}) as alone`);
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
