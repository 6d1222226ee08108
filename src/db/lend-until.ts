import pg from "pg";
import { AsofError } from "../errors/errors.js";
import type { Client, Pool } from "./pool.js";

/**
 * Lends `work` a connection until `lost` rejects, as nobody is told of a server that was cut off. What it failed at is thrown;
 * the connection is used again only where that was a statement.
 */
export async function lendUntil<T>(
  pool: Pool,
  lost: Promise<never>,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connecting = pool.connect();
  const client = await Promise.race([connecting, lost]).catch((error) => {
    connecting.then(
      (late) => late.release(true),
      () => {},
    );
    throw error;
  });
  let broken: Error | undefined;
  try {
    return await Promise.race([work(client), lost]);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError || error instanceof AsofError)) broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}
