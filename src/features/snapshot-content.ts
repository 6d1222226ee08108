import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { to as copyTo } from "pg-copy-streams";
import { type Client, quote } from "../db/pool.js";
import { type Deployment, labelSources, type Source } from "../definitions/language/deployment.js";

/** One table of a snapshot: a view's features, or a label source's columns. */
export interface SnapshotPart {
  name: string;
  source: Source;
  columns: readonly string[];
}

export function snapshotParts(deployment: Deployment): SnapshotPart[] {
  return [
    ...deployment.views.map((view) => ({ name: view.name, source: view.source, columns: view.features })),
    ...labelSources(deployment).map((source) => ({
      name: source.name,
      source,
      columns: Object.keys(source.columns),
    })),
  ];
}

/**
 * SHA-256 of a table's rows in key order: a header of the columns and their types, then one line a row as
 * COPY's text format writes it. That format is fixed by PostgreSQL for the types used here under the session
 * settings of `db/pool.ts` (floats print the shortest text that reads back the same), so equal content has
 * equal hashes on any machine. Streams; memory does not grow with the rows.
 *
 * @param relation SQL of what is read, for example a quoted table name or `(select …)`
 */
export async function contentSha256(
  client: Client,
  key: string,
  part: SnapshotPart,
  relation: string,
): Promise<string> {
  const hash = createHash("sha256");
  const types = part.columns.map((column) => `${column}:${part.source.columns[column]!.type}`);
  hash.update(`${part.name}\t${key}\t${types.join("\t")}\n`);
  const columns = [key, ...part.columns].map(quote).join(", ");
  const stream = client.query(
    copyTo(`copy (select ${columns} from ${relation} r order by ${quote(key)} collate "C") to stdout`),
  );
  await pipeline(stream, async (chunks) => {
    for await (const chunk of chunks) hash.update(chunk as Buffer);
  });
  return hash.digest("hex");
}

/** The snapshot's own hash, over those of its parts: one line a part, by name. */
export function overallSha256(parts: readonly { name: string; contentSha256: string }[]): string {
  const lines = parts.map((part) => `${part.name}\t${part.contentSha256}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}
