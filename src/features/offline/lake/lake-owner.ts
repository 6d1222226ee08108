import type { Queryable } from "../../../db/pool.js";
import { ConflictError } from "../../../errors/errors.js";
import type { Lake } from "./lake.js";
import { LakeBrokenError } from "./lake-errors.js";

/** Says whose lake it is: two databases would take each other's files for rubbish. */
const OWNER = "_asof.json";

/**
 * Makes the lake this database's, where it is nobody's.
 * @throws {ConflictError} it is another database's
 */
export async function claimLake(db: Queryable, lake: Lake, signal: AbortSignal): Promise<void> {
  const database = await databaseId(db);
  const found = await ownerOf(lake, signal);
  if (found === database) return;
  if (found !== null)
    throw new ConflictError(
      `the lake ${lake.url} belongs to another database; set LAKE_URL to a folder of its own, or, where this database was restored from that one's backup, delete ${OWNER} in it`,
    );
  const writer = await lake.begin("parts", signal);
  await writer.write(Buffer.from(`${JSON.stringify({ database })}\n`));
  await writer.finish(() => OWNER);
}

/** Null: nobody's yet. */
async function ownerOf(lake: Lake, signal: AbortSignal): Promise<string | null> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of lake.read(OWNER, signal)) chunks.push(chunk);
    return (JSON.parse(Buffer.concat(chunks).toString()) as { database: string }).database;
  } catch (error) {
    if (error instanceof LakeBrokenError) return null;
    throw error;
  }
}

/** Of the cluster and the database in it: a restored dump has another one. */
async function databaseId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `select (select system_identifier from pg_control_system()) || '-' || oid as id
     from pg_database where datname = current_database()`,
  );
  return rows[0]!.id;
}
