import { type Client, type Pool, withTransaction } from "../../db/pool.js";
import { BadUserInputError } from "../../errors/errors.js";
import { ArtifactStore, type StoredArtifact } from "../artifact-store.js";
import { ArtifactUpload } from "./artifact-upload.js";
import { freeBlobs } from "./blob-uses.js";
import { type FileOwner, holdOwner, OWNER_TABLES, type OwnedFile } from "./file-owner.js";
import { foldersOf } from "./file-path.js";

/** Files of one owner: a log of a training has some, a mistake in a loop has millions. */
export const MAX_FILES = 10_000;

/** What a folder holds: files, and folders by the files below them. */
export interface FolderEntry {
  name: string;
  isFolder: boolean;
  bytes: number;
}

/** The files of runs, logged models and model versions by their paths. Bytes are stored once per content. */
export class FileTree {
  constructor(
    private readonly pool: Pool,
    private readonly upkeep: Pool,
    private readonly maxBytes: number,
  ) {}

  /** One level, by name; none where there is no such folder. @param folder absent: the root */
  async list(owner: FileOwner, folder: string | null): Promise<FolderEntry[]> {
    const { table, key } = OWNER_TABLES[owner.kind];
    const { rows } = await this.pool.query<FolderEntry>(
      `select split_part(substr(name, length($2::text) + 1), '/', 1) as name,
         bool_or(strpos(substr(name, length($2::text) + 1), '/') > 0) as "isFolder", sum(bytes)::float8 as bytes
       from ${table} where ${key} = $1 and starts_with(name, $2) group by 1 order by 1`,
      [owner.id, folder === null ? "" : `${folder}/`],
    );
    return rows;
  }

  /** Every file below a folder, by path. */
  async files(owner: FileOwner, folder: string | null): Promise<OwnedFile[]> {
    const { table, key } = OWNER_TABLES[owner.kind];
    const { rows } = await this.pool.query<OwnedFile>(
      `select name as path, media_type as "mediaType", bytes::float8 as bytes, sha256
       from ${table} where ${key} = $1 and starts_with(name, $2) order by name`,
      [owner.id, folder === null ? "" : `${folder}/`],
    );
    return rows;
  }

  /** Null where there is no such file; a folder is none. */
  async open(owner: FileOwner, path: string): Promise<StoredArtifact | null> {
    const found = await findFile(this.pool, owner, path);
    if (!found) return null;
    const { mediaType, bytes, sha256 } = found;
    return new ArtifactStore(this.pool).openBlob(sha256, { name: path, mediaType, byteLength: bytes });
  }

  /**
   * Saves a file, or replaces the one of that path. Of two that write one path at once, the later to end is there.
   * @throws {BadUserInputError} the path is a folder, or leads through a file, or there are too many files
   * @throws what `holdOwner` throws
   */
  async save(
    owner: FileOwner,
    path: string,
    mediaType: string,
    body: AsyncIterable<Buffer>,
  ): Promise<OwnedFile> {
    // Before the body is read: most refusals need none of it.
    await withTransaction(this.pool, async (tx) =>
      this.#requireFree(tx, await holdOwner(tx, owner, path), path),
    );
    const upload = await ArtifactUpload.receive({ db: this.pool, upkeep: this.upkeep }, body, this.maxBytes);
    const { sha256, byteLength: bytes } = upload;
    const file = { path, mediaType, bytes, sha256 };
    try {
      await withTransaction(this.pool, async (tx) => {
        await this.#requireFree(tx, await holdOwner(tx, owner, path), path);
        await upload.keep(tx);
        await replaceFile(tx, owner, file);
        await OWNER_TABLES[owner.kind].saved(tx, owner.id, file);
      });
    } catch (error) {
      await upload.discard();
      throw error;
    }
    return file;
  }

  /** Deletes a file, or every file of a folder; returns how many. @throws what `holdOwner` throws */
  async remove(owner: FileOwner, path: string, actor: string): Promise<number> {
    const { table, key, removed } = OWNER_TABLES[owner.kind];
    return withTransaction(this.pool, async (tx) => {
      await holdOwner(tx, owner, path);
      const { rows } = await tx.query<{ sha256: string }>(
        `delete from ${table} where ${key} = $1 and (name = $2 or starts_with(name, $2 || '/')) returning sha256`,
        [owner.id, path],
      );
      if (rows.length === 0) return 0;
      await freeBlobs(tx, [...new Set(rows.map(({ sha256 }) => sha256))]);
      await removed(tx, owner.id, { path, files: rows.length, actor });
      return rows.length;
    });
  }

  async #requireFree(tx: Client, owner: FileOwner, path: string): Promise<void> {
    const { table, key } = OWNER_TABLES[owner.kind];
    const { rows } = await tx.query<{
      through: string | null;
      folder: boolean;
      files: number;
      there: boolean;
    }>(
      `select (select name from ${table} where ${key} = $1 and name = any($3) limit 1) as through,
         exists (select 1 from ${table} where ${key} = $1 and starts_with(name, $2 || '/')) as folder,
         exists (select 1 from ${table} where ${key} = $1 and name = $2) as there,
         (select count(*)::int from ${table} where ${key} = $1) as files`,
      [owner.id, path, foldersOf(path)],
    );
    const { through, folder, there, files } = rows[0]!;
    const refuse = (problem: string): never => {
      throw new BadUserInputError(`path ${JSON.stringify(path)}: ${problem}`, { path });
    };
    if (through !== null) refuse(`${JSON.stringify(through)} is a file, and no folder`);
    if (folder) refuse("it is a folder, and holds files");
    if (!there && files >= MAX_FILES)
      refuse(
        `there are ${files} files already, ${MAX_FILES} are accepted; log an archive of many small ones`,
      );
  }
}

async function findFile(db: Pool | Client, owner: FileOwner, path: string): Promise<OwnedFile | null> {
  const { table, key } = OWNER_TABLES[owner.kind];
  const { rows } = await db.query<OwnedFile>(
    `select name as path, media_type as "mediaType", bytes::float8 as bytes, sha256 from ${table} where ${key} = $1 and name = $2`,
    [owner.id, path],
  );
  return rows[0] ?? null;
}

/** The owner is held: nobody else changes its files. The former bytes of that path go where nothing else has them. */
async function replaceFile(tx: Client, owner: FileOwner, file: OwnedFile): Promise<void> {
  const { table, key } = OWNER_TABLES[owner.kind];
  const former = await findFile(tx, owner, file.path);
  await tx.query(
    `insert into ${table} (${key}, name, media_type, bytes, sha256) values ($1, $2, $3, $4, $5)
     on conflict (${key}, name) do update set media_type = excluded.media_type, bytes = excluded.bytes, sha256 = excluded.sha256`,
    [owner.id, file.path, file.mediaType, file.bytes, file.sha256],
  );
  if (former && former.sha256 !== file.sha256) await freeBlobs(tx, [former.sha256]);
}
