import pg from "pg";
import { instantText } from "../definitions/language/column-types/timestamp.js";

/** Texts that need no quotes in an array. */
const texts = (array: string): (string | null)[] =>
  array === "{}"
    ? []
    : array
        .slice(1, -1)
        .split(",")
        .map((text) => (text === "NULL" ? null : text));

/**
 * By the numbers of PostgreSQL's types. asof's own instants (timestamptz) come back as `Date`; calendar dates stay the text
 * they are (a JS Date would add a time zone), and so do whole numbers and decimals that a double does not hold. An entity's
 * instants are timestamps in UTC, to the microsecond.
 */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  1082: (text) => text,
  1114: instantText,
  ...{ 1016: texts, 1182: texts, 1231: texts },
};
const types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    PARSERS[oid] ?? pg.types.getTypeParser(oid, format as "text"),
} as pg.CustomTypesConfig;

/** What text PostgreSQL writes must not depend on its configuration: snapshot hashes are made of it. */
export const SESSION = "-c DateStyle=ISO -c TimeZone=UTC -c extra_float_digits=1 -c bytea_output=hex";

export type Pool = pg.Pool;
export type Client = pg.PoolClient;
/** Whatever a query can be sent through. */
export type Queryable = Pick<pg.Pool | pg.PoolClient, "query">;

/** Only there does PostgreSQL know it; elsewhere it would log that. */
const USER_TIMEOUT = process.platform === "linux" ? "-c tcp_user_timeout=25000" : "";
/**
 * A machine that vanished is missed within half a minute, whether the server waits for it or sends to it: what its sessions
 * locked is free again.
 */
export const KEEPALIVE =
  `-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 ${USER_TIMEOUT}`.trim();
/** So is a server that vanished: who waits for its answer, or for what it notifies of, would wait for hours. */
const CLIENT_KEEPALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };
export const END_GRACE_MS = 5_000;
const CONNECT_MS = 10_000;

/** Its end waits for what is under way, but not for ever: then connections are cut, which rolls back. */
export class BoundedPool extends pg.Pool {
  readonly #open = new Set<pg.Client>();

  constructor(
    config: pg.PoolConfig,
    private readonly endGraceMs = END_GRACE_MS,
  ) {
    super(config);
    // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
    this.on("error", () => {});
    // So would one that breaks while it is in use: its query fails, and the event says nothing more.
    this.on("connect", (client) => client.on("error", () => {}));
    this.on("connect", (client) => this.#open.add(client as pg.Client));
    this.on("remove", (client) => this.#open.delete(client as pg.Client));
  }

  override async end(): Promise<void> {
    const cut = setTimeout(() => {
      for (const client of this.#open) void client.end().catch(() => {});
    }, this.endGraceMs);
    await super.end().finally(() => clearTimeout(cut));
  }
}

export function createPool(url: string, max: number, endGraceMs?: number): Pool {
  return new BoundedPool(poolConfig(url, max), endGraceMs);
}

/** @param session further settings of its sessions, as `-c name=value`; null: through a pooler, which takes none */
export function poolConfig(url: string, max: number, session: string | null = ""): pg.PoolConfig {
  return {
    connectionString: url,
    max,
    types,
    ...(session === null ? {} : { options: `${SESSION} ${KEEPALIVE} ${session}` }),
    ...CLIENT_KEEPALIVE,
    application_name: "asof",
    connectionTimeoutMillis: CONNECT_MS,
    allowExitOnIdle: false,
  };
}

/**
 * A connection of its own, outside the pool: for LISTEN and for session locks.
 * @param purpose shown as `asof <purpose>` by pg_stat_activity
 */
export function createClient(url: string, purpose = ""): pg.Client {
  const options = `${SESSION} ${KEEPALIVE}`;
  return new pg.Client({
    connectionString: url,
    types,
    options,
    application_name: `asof ${purpose}`.trim(),
    ...CLIENT_KEEPALIVE,
    connectionTimeoutMillis: CONNECT_MS,
  });
}

/** Runs `work` in one transaction; its failure rolls everything back and is rethrown. */
export async function withTransaction<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Runs `work` on one state of the database: what it reads in several statements is of one instant. It writes nothing. */
export async function onOneState<T>(
  client: Pick<pg.ClientBase, "query">,
  work: () => Promise<T>,
): Promise<T> {
  await client.query("begin isolation level repeatable read, read only");
  // Where the connection broke, the work has failed by that.
  return work().finally(() => client.query("rollback").catch(() => {}));
}

/** Lends `work` a connection; one on which it failed may be anywhere in its protocol, and is not used again. */
export async function withClient<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    const result = await work(client);
    broken = false;
    return result;
  } finally {
    client.release(broken);
  }
}

/** Quotes a table or column name that comes from the definitions. */
export const quote = (name: string): string => pg.escapeIdentifier(name);
export const literal = (value: string): string => pg.escapeLiteral(value);

/** Texts as the parameter of a `text[]`. `pg` makes two strings of each to escape what hardly any has. */
export function textArray(texts: readonly string[]): string | readonly string[] {
  for (const text of texts) if (text.includes('"') || text.includes("\\")) return texts;
  return texts.length === 0 ? "{}" : `{"${texts.join('","')}"}`;
}
