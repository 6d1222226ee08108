import { randomBytes } from "node:crypto";
import { createWriteStream, rmSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type pg from "pg";
import { pack as createPack } from "tar-stream";
import { createClient } from "../pool.js";
import { type BackupReport, packDataDir } from "./backup-archive.js";
import { findPlace } from "./place.js";
import { joinEmbedded } from "./shared-server.js";

/**
 * Writes a whole copy of a home's embedded database to `file` (tar, gzip), readable by its owner only: it holds the
 * database's password. Taken while the server runs and is used, by PostgreSQL's low-level backup API: the copy, with
 * the WAL written meanwhile, is the state at its end. A server that does not run is started for it.
 * https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 * @throws {Error} the server cannot be started, or the file not be written; nothing is left at `file`
 */
export async function backupEmbedded(home: string, file: string): Promise<BackupReport> {
  const { folder } = await findPlace(home);
  const server = await joinEmbedded(home);
  const partial = `${file}.${process.pid}.partial`;
  const giveUp = () => rmSync(partial, { force: true });
  process.once("exit", giveUp);
  try {
    let report: BackupReport = { files: 0, bytes: 0 };
    await withBackupSession(server.url, async (client) => {
      const sink = createWriteStream(partial, { mode: 0o600, flags: "wx" });
      const pack = createPack();
      const written = pipeline(Readable.from(pack, { objectMode: false }), createGzip({ level: 1 }), sink);
      const packed = packDataDir(pack, client, join(folder, "data")).catch((error: Error) => {
        pack.destroy(error);
        throw error;
      });
      // Where it cannot be written, that is the reason, not that nobody takes what is packed.
      [, report] = await Promise.all([written, packed]);
    });
    await sync(partial);
    await rename(partial, file);
    return report;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    process.off("exit", giveUp);
    await server.leave();
  }
}

/** The slot keeps the WAL until it is copied, and goes with the session. */
async function withBackupSession(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = createClient(url);
  client.on("error", () => {}); // The query under way fails.
  await client.connect();
  try {
    const slot = `asof_backup_${randomBytes(6).toString("hex")}`;
    await client.query("select pg_create_physical_replication_slot($1, true, true)", [slot]);
    await client.query("select pg_backup_start('asof', true)");
    await work(client);
  } finally {
    await client.end();
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+");
  await file.sync().finally(() => file.close());
}
