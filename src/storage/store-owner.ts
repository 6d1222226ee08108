import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { ConflictError } from "../errors/errors.js";
import { BrokenFileError, type ByteStore } from "./byte-store.js";

/** Says whose store it is: two databases would take each other's files for rubbish. */
const OWNER = "_asof.json";

/**
 * Makes the store this database's, where it is nobody's.
 * @param database its id
 * @param variable what sets the store's URL
 * @throws {ConflictError} it is another database's
 */
export async function claimStore(
  store: ByteStore,
  database: string,
  variable: "LAKE_URL" | "ARTIFACTS_URL",
  signal: AbortSignal,
): Promise<void> {
  const found = await storeOwner(store, signal);
  if (found === database) return;
  if (found === null) {
    await store.put(OWNER, ownerFile(database), signal);
    // Of two databases that come at once, the later one has it.
    if ((await storeOwner(store, signal)) === database) return;
  }
  throw new ConflictError(
    `${store.url} belongs to another database; set ${variable} to a folder of its own, or, where this database was restored from that one's backup, delete ${OWNER} in it`,
  );
}

/** Null: nobody's yet. */
export async function storeOwner(store: ByteStore, signal: AbortSignal): Promise<string | null> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of store.read(OWNER, signal)) chunks.push(chunk);
    return (JSON.parse(Buffer.concat(chunks).toString()) as { database: string }).database;
  } catch (error) {
    if (error instanceof BrokenFileError) return null;
    throw error;
  }
}

function ownerFile(database: string) {
  const bytes = Buffer.from(`${JSON.stringify({ database })}\n`);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { bytes: bytes.length, sha256, read: () => Readable.from([bytes]) };
}
