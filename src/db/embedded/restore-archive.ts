import { createReadStream } from "node:fs";
import { chown, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { type Entry, extract } from "tar-stream";
import { VERSION } from "../../values/version.js";
import { type BackupManifest, belongs, LABEL, MANIFEST, writeConfiguration } from "./backup-content.js";
import { readPassword } from "./initialise.js";
import type { Owner } from "./place.js";

export interface Unpacking {
  file: string;
  /** Made, and left half made where it fails. */
  target: string;
  owner: Owner;
  /** Major version of the server that is to run on it. */
  serverMajor: number;
}

/** Beyond it no manifest, label or password is one. */
const MOST_TEXT_BYTES = 65_536;

/**
 * Unpacks what a backup must hold, and nothing else; the configuration is written anew.
 * @throws {Error} it is no backup, damaged, of another version, or holds what no backup has
 */
export async function unpackBackup({ file, target, owner, serverMajor }: Unpacking): Promise<BackupManifest> {
  let manifest: BackupManifest | undefined;
  let whole = false;
  const source = createReadStream(file);
  const unzipped = createGunzip();
  const archive = extract();
  source.on("error", (error) => unzipped.destroy(error));
  unzipped.on("error", (error) => archive.destroy(error));
  source.pipe(unzipped).pipe(archive);
  try {
    for await (const entry of archive) {
      if (!manifest) {
        manifest = await readManifest(entry);
        requireVersions(manifest, serverMajor);
      } else if (await write(entry, target, owner)) whole = true;
    }
    if (!manifest || !whole) throw new Error("it is cut off");
    readPassword(target);
    writeConfiguration(target, owner);
    return manifest;
  } catch (error) {
    throw new Error(`${file} cannot be restored: ${explain(error as Error)}`, { cause: error });
  } finally {
    source.destroy();
    unzipped.destroy();
    archive.destroy();
  }
}

/** In tar-stream's own words it might be a file that needs to be gunzipped. */
function explain({ message }: Error): string {
  if (message.startsWith("Invalid tar header")) return "it is damaged, or no archive of asof's";
  return message === "Unexpected end of data" ? "it is cut off" : message;
}

async function readManifest(entry: Entry): Promise<BackupManifest> {
  const { name, type, size = 0 } = entry.header;
  if (name !== MANIFEST || type !== "file" || size > MOST_TEXT_BYTES)
    throw new Error("it is no backup of asof's");
  const parts: Buffer[] = [];
  for await (const piece of entry) parts.push(piece as Buffer);
  const manifest = JSON.parse(Buffer.concat(parts).toString()) as BackupManifest;
  if (manifest.format !== "asof-backup-1")
    throw new Error(`its format ${JSON.stringify(manifest.format)} is not of this release`);
  return manifest;
}

/** PostgreSQL reads the files of its own major version only, and asof the tables of its own and older releases. */
function requireVersions({ serverVersion, release = "0.1.0" }: BackupManifest, here: number): void {
  const there = Math.floor(serverVersion / 10_000);
  if (here !== there)
    throw new Error(
      `it is of PostgreSQL ${there}, and this release brings ${here}: restore it with its own release (asof ${release})`,
    );
  if (isNewer(release, VERSION))
    throw new Error(
      `it is of asof ${release}, and this is ${VERSION}: restore it with asof ${release} or newer`,
    );
}

function isNewer(a: string, b: string): boolean {
  const [one, other] = [a, b].map((version) => version.split(/[.-]/).map(Number)) as [number[], number[]];
  const at = [0, 1, 2].find((part) => one[part] !== other[part]);
  return at !== undefined && !(one[at]! < other[at]!);
}

/** @returns whether it is what a backup ends with */
async function write(entry: Entry, target: string, owner: Owner): Promise<boolean> {
  const { name, type, size = 0 } = entry.header;
  const folder = type === "directory";
  const path = name.replace(/\/$/, "");
  const inside = path === "data" ? "" : path.startsWith("data/") ? path.slice("data/".length) : null;
  const what = inside === null || (!folder && type !== "file") ? null : belongs(inside, folder);
  if (what === null || (inside === LABEL && size > MOST_TEXT_BYTES)) {
    const kind = folder || type === "file" ? "" : ` (${type})`;
    throw new Error(`it holds ${JSON.stringify(name)}${kind}, which no backup has`);
  }
  const place = join(target, inside!);
  if (what === "leave") entry.resume();
  else if (folder) await mkdir(place, { recursive: true, mode: 0o700 });
  else await writeWhole(entry, place);
  if (folder) entry.resume();
  if (what === "keep" && owner.uid !== undefined) await chown(place, owner.uid, owner.gid!);
  return inside === LABEL;
}

async function writeWhole(entry: Entry, place: string): Promise<void> {
  const file = await open(place, "wx", 0o600);
  try {
    for await (const piece of entry) await file.write(piece as Buffer);
    await file.sync();
  } finally {
    await file.close();
  }
}
