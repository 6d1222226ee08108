import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type pg from "pg";
import { createClient } from "../pool.js";
import { findPlace } from "./place.js";
import { joinEmbedded } from "./shared-server.js";
import { tarEnd, tarHeader, tarPadding } from "./tar.js";

/** The first entry of a backup; its data folder follows below `data/`. */
export interface BackupManifest {
  format: "asof-backup-1";
  createdAt: string;
  /** As `server_version_num`: 180004. A restore needs the same major version. */
  serverVersion: number;
}

export const MANIFEST = "asof-backup.json";

export interface BackupReport {
  files: number;
  /** Of the data folder's files, before compression. */
  bytes: number;
}

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
  try {
    const report = { files: 0, bytes: 0 };
    await withBackupSession(server.url, async (client) => {
      const sink = createWriteStream(partial, { mode: 0o600, flags: "wx" });
      const source = Readable.from(archive(client, join(folder, "data"), report), { objectMode: false });
      await pipeline(source, createGzip({ level: 1 }), sink);
    });
    await sync(partial);
    await rename(partial, file);
    return report;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
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

/** Made anew by the server, or of this running one only: not copied, their folders are. */
const EMPTIED = new Set([
  "pg_wal",
  "pg_replslot",
  "pg_dynshmem",
  "pg_notify",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans",
]);
const LEFT_OUT =
  /^(postmaster\.(pid|opts)|backup_label(\.old)?|tablespace_map|pg_internal\.init.*|pgsql_tmp.*)$/;

async function* archive(client: pg.Client, dataDir: string, report: BackupReport): AsyncGenerator<Buffer> {
  const { rows } = await client.query("select current_setting('server_version_num')::int as version");
  const manifest: BackupManifest = {
    format: "asof-backup-1",
    createdAt: new Date().toISOString(),
    serverVersion: rows[0].version,
  };
  yield* entryOfText(MANIFEST, JSON.stringify(manifest));
  yield* folder(dataDir, "", report);
  // Last, as pg_basebackup does: whatever it points to is in the copy or in its WAL.
  yield* entryOfFile(join(dataDir, "global", "pg_control"), "data/global/pg_control", report);
  const stopped = await client.query<{ label: string; last: string }>(
    "select labelfile as label, pg_walfile_name(lsn) as last from pg_backup_stop(false)",
  );
  const { label, last } = stopped.rows[0]!;
  yield* entryOfText("data/backup_label", label);
  const first = /START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)/.exec(label)![1]!;
  for (const segment of (await readdir(join(dataDir, "pg_wal"))).sort()) {
    const needed = /^[0-9A-F]{24}$/.test(segment) && segment >= first && segment <= last;
    if (needed || segment.endsWith(".history"))
      yield* entryOfFile(join(dataDir, "pg_wal", segment), `data/pg_wal/${segment}`, report);
  }
  yield tarEnd();
}

async function* folder(dataDir: string, path: string, report: BackupReport): AsyncGenerator<Buffer> {
  const at = (name: string) => (path ? `${path}/${name}` : name);
  yield tarHeader({ name: path ? `data/${path}` : "data", folder: true, bytes: 0 });
  const entries = await readdir(join(dataDir, path), { withFileTypes: true }).catch(unlessGone([]));
  for (const entry of entries) {
    const name = at(entry.name);
    if (LEFT_OUT.test(entry.name) || name === "global/pg_control") continue;
    if (path === "pg_tblspc" || entry.isSymbolicLink())
      throw new Error(`${name} is a tablespace or a link, which a backup does not follow; use pg_basebackup`);
    if (entry.isDirectory() && EMPTIED.has(name))
      yield tarHeader({ name: `data/${name}`, folder: true, bytes: 0 });
    else if (entry.isDirectory()) yield* folder(dataDir, name, report);
    else if (entry.isFile()) yield* entryOfFile(join(dataDir, name), `data/${name}`, report);
  }
}

function* entryOfText(name: string, text: string): Generator<Buffer> {
  const bytes = Buffer.from(text);
  yield tarHeader({ name, folder: false, bytes: bytes.length });
  yield bytes;
  yield tarPadding(bytes.length);
}

const PIECE_BYTES = 1 << 20;

/** As long as it is when opened: what is added later is in the WAL, and so is what was cut off (zeros until then). */
async function* entryOfFile(path: string, name: string, report: BackupReport): AsyncGenerator<Buffer> {
  const file = await open(path, "r").catch(unlessGone(null));
  if (!file) return;
  try {
    const { size } = await file.stat();
    yield tarHeader({ name, folder: false, bytes: size });
    yield* content(file, size);
    yield tarPadding(size);
    report.files++;
    report.bytes += size;
  } finally {
    await file.close();
  }
}

async function* content(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, size - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead > 0) yield piece.subarray(0, bytesRead);
    else yield piece;
    at += bytesRead || piece.length;
  }
}

/** Dropped since it was listed: the WAL says so too. */
const unlessGone =
  <T>(otherwise: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === "ENOENT") return otherwise;
    throw error;
  };

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+");
  await file.sync().finally(() => file.close());
}
