import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateDatabase } from "../../src/db/database.js";
import { startEmbedded } from "../../src/db/embedded/server.js";
import { createClient } from "../../src/db/pool.js";
import { definitions } from "../../src/definitions/index.js";

/** Does `work` on a migrated, empty database of an embedded server of its own, which is gone afterwards. */
export async function withScratchDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "asof-bench-"));
  const server = await startEmbedded(home);
  // As root the data is kept outside the home, behind a link.
  const data = realpathSync(join(home, "postgres"));
  try {
    const admin = createClient(server.url.replace(/[^/]*$/, "postgres"));
    await admin.connect();
    await admin.query("create database asof");
    await admin.end();
    await migrateDatabase(server.url, definitions);
    await work(server.url);
  } finally {
    await server.stop();
    rmSync(data, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  }
}
