import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Pool } from "../../src/db/pool.js";
import { definitions } from "../../src/definitions/index.js";
import type { OfflineEngine, OfflineSettings } from "../../src/features/offline/offline-engine.js";
import { csv } from "../../src/ingest/formats/csv/csv.js";
import { type AskedFile, datedSelection, readAsked, writeJoined } from "../../src/jobs/join/join-file.js";
import { joinedFeatures } from "../../src/jobs/join/joined-columns.js";
import type { AskedRow } from "./asked-rows.js";

const CHUNK = 5_000;

export interface JoinedFile {
  bytes: number;
  sha256: string;
}

/** Joins a CSV file of so many rows, which is made as it is read, to all features: Parquet to nowhere. */
export async function joinFile(
  engine: OfflineEngine,
  { pool, offline, folder }: { pool: Pool; offline: OfflineSettings; folder: string },
  next: () => AskedRow,
  count: number,
): Promise<JoinedFile> {
  const joining = { ...joinedFeatures(definitions, {}, null), statuses: false, format: "PARQUET" as const };
  const { entity } = joining;
  const shape = { entity, asOfColumn: "as_of", asOf: null, knownAt: null, today: "2999-12-31" };
  const scratch = mkdtempSync(join(folder, "join-"));
  const { signal } = new AbortController();
  const on = { pool, definitions, offline, scratch, signal, log: async () => {} };
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    const rows = engine.join(on, readAsked(fileOf(next, count), shape), datedSelection(joining).levels);
    await writeJoined(joining, rows, async (part) => {
      hash.update(part);
      bytes += part.byteLength;
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return { bytes, sha256: hash.digest("hex") };
}

const fileOf = (next: () => AskedRow, count: number): AskedFile => ({
  format: csv,
  byteLength: 1,
  async *read() {
    yield Buffer.from("user_id,as_of\n");
    for (let from = 0; from < count; from += CHUNK) {
      const rows = Array.from({ length: Math.min(CHUNK, count - from) }, next);
      yield Buffer.from(rows.map(({ key, asOf }) => `${key},${asOf}\n`).join(""));
    }
  },
});
