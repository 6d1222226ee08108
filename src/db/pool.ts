import pg from "pg";

/** Instants come back as `Date`; calendar dates stay the text they are (a JS Date would add a time zone). */
const DATE_OID = 1082;
const types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === DATE_OID ? (text: string) => text : pg.types.getTypeParser(oid, format as "text"),
} as pg.CustomTypesConfig;

/** What text PostgreSQL writes must not depend on its configuration: snapshot hashes are made of it. */
const SESSION = "-c DateStyle=ISO -c TimeZone=UTC -c extra_float_digits=1 -c bytea_output=hex";

export type Pool = pg.Pool;
export type Client = pg.PoolClient;
/** Whatever a query can be sent through. */
export type Queryable = Pick<pg.Pool | pg.PoolClient, "query">;

/** A machine that vanished is missed within half a minute: what its session locked is free again. */
const KEEPALIVE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";
const END_GRACE_MS = 5_000;

/** Its end waits for what is under way, but not for ever: then connections are cut, which rolls back. */
class BoundedPool extends pg.Pool {
  readonly #open = new Set<pg.Client>();

  constructor(config: pg.PoolConfig) {
    super(config);
    this.on("connect", (client) => this.#open.add(client as pg.Client));
    this.on("remove", (client) => this.#open.delete(client as pg.Client));
  }

  override async end(): Promise<void> {
    const cut = setTimeout(() => {
      for (const client of this.#open) void client.end().catch(() => {});
    }, END_GRACE_MS);
    await super.end().finally(() => clearTimeout(cut));
  }
}

export function createPool(url: string, max: number, options = ""): Pool {
  const pool = new BoundedPool({
    connectionString: url,
    max,
    types,
    options: `${SESSION} ${options}`,
    application_name: "asof",
    connectionTimeoutMillis: 10_000,
    allowExitOnIdle: false,
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on("error", () => {});
  // So would one that breaks while it is in use: its query fails, and the event says nothing more.
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/**
 * Connections for what is asked again and again by a prepared statement: planned once for each connection. Left to
 * itself PostgreSQL plans a batch of one anew each time, as it guesses ten, which takes longer than reading it.
 */
export const createServingPool = (url: string, max: number): Pool =>
  createPool(url, max, "-c plan_cache_mode=force_generic_plan");

/** A connection of its own, outside the pool: for LISTEN and for session locks. */
export function createClient(url: string): pg.Client {
  const options = `${SESSION} ${KEEPALIVE}`;
  return new pg.Client({ connectionString: url, types, options, application_name: "asof", keepAlive: true });
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
