import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { to as copyTo } from "pg-copy-streams";
import { type Client, quote } from "../pool.js";
import type { HashedRows } from "./content-hash.js";

/**
 * The first edition of content hashes, which snapshots of release 0.1 have: SHA-256 of a view's rows in key order, a
 * header of the columns and their types, then one line a row as COPY's text format writes it under the session
 * settings of `db/pool.ts`. Nothing new is hashed by it; what was is verified by it.
 */
export async function contentSha256V1(
  client: Client,
  { name, key, columns }: HashedRows,
  relation: string,
): Promise<string> {
  const hash = createHash("sha256");
  hash.update(`${name}\t${key}\t${columns.map((column) => `${column.name}:${column.type}`).join("\t")}\n`);
  const selected = [key, ...columns.map(({ stored }) => stored)].map(quote).join(", ");
  const stream = client.query(
    copyTo(`copy (select ${selected} from ${relation} r order by ${quote(key)} collate "C") to stdout`),
  );
  await pipeline(stream, async (chunks) => {
    for await (const chunk of chunks) hash.update(chunk as Buffer);
  });
  return hash.digest("hex");
}
