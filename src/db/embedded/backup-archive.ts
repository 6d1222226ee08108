import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import type { Pack } from "tar-stream";
import { VERSION } from "../../values/version.js";
import { type BackupManifest, belongs, LABEL, MANIFEST } from "./backup-content.js";

export interface BackupReport {
  files: number;
  /** Of the data folder's files, before compression. */
  bytes: number;
}

/** Made anew by the server, or of this running one only: not copied, their folders are. */
const LEFT_OUT =
  /^(backup_label$|pg_(wal|replslot|dynshmem|notify|serial|snapshots|stat|stat_tmp|subtrans)\/)/;
const CONTROL = "global/pg_control";

/** Packs the data folder of a running server between the begin and the end of a backup in `client`'s session. */
export async function packDataDir(pack: Pack, client: pg.Client, dataDir: string): Promise<BackupReport> {
  const report: BackupReport = { files: 0, bytes: 0 };
  const packer = new Packer(pack, dataDir, report);
  const { rows } = await client.query("select current_setting('server_version_num')::int as version");
  const manifest: BackupManifest = {
    format: "asof-backup-1",
    createdAt: new Date().toISOString(),
    serverVersion: rows[0].version,
    release: VERSION,
  };
  await packer.text(MANIFEST, JSON.stringify(manifest));
  await packer.folder("");
  // Last, as pg_basebackup does: whatever it points to is in the copy or in its WAL.
  await packer.file(CONTROL);
  const stopped = await client.query<{ label: string; last: string }>(
    "select labelfile as label, pg_walfile_name(lsn) as last from pg_backup_stop(false)",
  );
  const { label, last } = stopped.rows[0]!;
  await packer.text(`data/${LABEL}`, label);
  const first = /START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)/.exec(label)![1]!;
  for (const segment of (await readdir(join(dataDir, "pg_wal"))).sort()) {
    const needed = /^[0-9A-F]{24}$/.test(segment) && segment >= first && segment <= last;
    if (needed || segment.endsWith(".history")) await packer.file(`pg_wal/${segment}`);
  }
  pack.finalize();
  return report;
}

const PIECE_BYTES = 1 << 20;

class Packer {
  constructor(
    private readonly pack: Pack,
    private readonly dataDir: string,
    private readonly report: BackupReport,
  ) {}

  async text(name: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await this.#entry(name, bytes.length, async (write) => write(bytes));
  }

  /** What belongs in a backup of it; whatever else somebody put there stays there. */
  async folder(path: string): Promise<void> {
    const name = path ? `data/${path}` : "data";
    await new Promise<void>((resolve, reject) => {
      this.pack.entry({ name, type: "directory", mode: 0o700 }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    const entries = await readdir(join(this.dataDir, path), { withFileTypes: true }).catch(unlessGone([]));
    for (const entry of entries) {
      const inside = path ? `${path}/${entry.name}` : entry.name;
      if (path === "pg_tblspc" || (entry.isSymbolicLink() && belongs(inside, true)))
        throw new Error(
          `${inside} is a tablespace or a link, which a backup does not follow; use pg_basebackup`,
        );
      if (belongs(inside, entry.isDirectory()) !== "keep" || inside === CONTROL) continue;
      if (entry.isDirectory()) await this.folder(inside);
      else if (entry.isFile() && !LEFT_OUT.test(inside)) await this.file(inside);
    }
  }

  /** As long as it is when opened: what is added later is in the WAL, and so is what was cut off (zeros until then). */
  async file(path: string): Promise<void> {
    const file = await open(join(this.dataDir, path), "r").catch(unlessGone(null));
    if (!file) return;
    try {
      const { size } = await file.stat();
      await this.#entry(`data/${path}`, size, async (write) => {
        for await (const piece of content(file, size)) await write(piece);
      });
      this.report.files++;
      this.report.bytes += size;
    } finally {
      await file.close();
    }
  }

  /** Ends once the archive has it all; where the archive is given up, it fails. */
  #entry(
    name: string,
    size: number,
    work: (write: (piece: Buffer) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const entry = this.pack.entry({ name, size, mode: 0o600, type: "file" }, (error) =>
        error ? reject(error) : resolve(),
      );
      const write = (piece: Buffer) =>
        new Promise<void>((written) => {
          if (entry.write(piece)) written();
          else entry.once("drain", written);
        });
      work(write).then(() => entry.end(), reject);
    });
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
