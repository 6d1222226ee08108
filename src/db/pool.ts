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

export function createPool(url: string, max: number): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    types,
    options: SESSION,
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

/** A connection of its own, outside the pool: for LISTEN and for session locks. */
export function createClient(url: string): pg.Client {
  return new pg.Client({ connectionString: url, types, options: SESSION, application_name: "asof" });
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

/** Quotes a table or column name that comes from the definitions. */
export const quote = (name: string): string => pg.escapeIdentifier(name);
export const literal = (value: string): string => pg.escapeLiteral(value);
