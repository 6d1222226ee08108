import type { Queryable } from "../../../db/pool.js";
import { erasedRowsOf } from "../../../db/snapshots/snapshot-parts.js";
import { hasRows } from "../../effective-snapshots.js";
import type { LakeFile } from "./lake.js";

/** One part, by the snapshot that owns its rows. */
export interface OwnedPart {
  ownerId: number;
  name: string;
}

export const partKey = (ownerId: number, name: string): string => `${ownerId} ${name}`;

/** Parts whose rows are there, and which the lake lacks or has with rows that were erased since. */
export async function staleParts(db: Queryable, lake: string): Promise<OwnedPart[]> {
  const { rows } = await db.query<OwnedPart>(
    `select p.owner_id as "ownerId", p.name from snapshot_parts p
     join snapshots s on s.id = p.owner_id and ${hasRows("s")}
     where p.snapshot_id = p.owner_id and not ${isReleased("p.name", "p.owner_id")} and not exists (
         select 1 from lake_files f
         where f.lake = $1 and f.owner_id = p.owner_id and f.part = p.name and f.erased_rows = ${erasedRowsOf("p")})
     order by p.owner_id, p.name`,
    [lake],
  );
  return rows;
}

/** Files by part, of parts that are as they should be. */
export async function filesOfParts(
  db: Queryable,
  lake: string,
  owners: readonly number[],
): Promise<Map<string, LakeFile[]>> {
  const { rows } = await db.query<LakeFile & OwnedPart>(
    `select owner_id as "ownerId", part as name, path, rows, bytes, sha256 from lake_files
     where lake = $1 and owner_id = any($2) order by path`,
    [lake, owners],
  );
  const found = new Map<string, LakeFile[]>();
  for (const { ownerId, name, ...file } of rows) {
    const key = partKey(ownerId, name);
    found.set(key, [...(found.get(key) ?? []), sized(file)]);
  }
  return found;
}

/** Replaces what the catalogue says of a part, in the caller's transaction. */
export async function recordPart(
  tx: Queryable,
  lake: string,
  { ownerId, name }: OwnedPart,
  erasedRows: number,
  files: readonly LakeFile[],
): Promise<void> {
  await tx.query("delete from lake_files where lake = $1 and owner_id = $2 and part = $3", [
    lake,
    ownerId,
    name,
  ]);
  await insertFiles(tx, { lake, ownerId, name, runId: null, erasedRows }, files);
}

/** What a run wrote, in the transaction that ends it. */
export const recordJoin = (
  tx: Queryable,
  lake: string,
  runId: string,
  files: readonly LakeFile[],
): Promise<void> => insertFiles(tx, { lake, ownerId: null, name: null, runId, erasedRows: 0 }, files);

interface FilesOf {
  lake: string;
  ownerId: number | null;
  name: string | null;
  runId: string | null;
  erasedRows: number;
}

async function insertFiles(tx: Queryable, of: FilesOf, files: readonly LakeFile[]): Promise<void> {
  const { lake, ownerId, name, runId, erasedRows } = of;
  for (const { path, rows, bytes, sha256 } of files)
    await tx.query(
      `insert into lake_files (lake, path, owner_id, part, run_id, rows, bytes, sha256, erased_rows)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (lake, path) do update set rows = excluded.rows, bytes = excluded.bytes, sha256 = excluded.sha256`,
      [lake, path, ownerId, name, runId, rows, bytes, sha256, erasedRows],
    );
}

/** SQL: the part was pushed and bound to a snapshot that is withdrawn, so that it waits for another one. */
const isReleased = (part: string, owner: string): string =>
  `(${part} like '%:pushes' and exists (select 1 from snapshot_withdrawals w where w.snapshot_id = ${owner}))`;

/** Forgets the files of what is nobody's any more: rows that retention has dropped, pushes that were released. */
export async function forgetGone(db: Queryable, lake: string): Promise<void> {
  await db.query(
    `delete from lake_files f where f.lake = $1 and (
       exists (select 1 from snapshot_drops d where d.snapshot_id = f.owner_id) or ${isReleased("f.part", "f.owner_id")})`,
    [lake],
  );
}

/** Every file that counts, by its path. */
export async function cataloguedFiles(db: Queryable, lake: string): Promise<Map<string, LakeFile>> {
  const { rows } = await db.query<LakeFile>(
    "select path, rows, bytes, sha256 from lake_files where lake = $1",
    [lake],
  );
  return new Map(rows.map((file) => [file.path, sized(file)]));
}

/** Other lakes that the catalogue knows of: nobody writes or cleans them any more. */
export async function otherLakes(db: Queryable, lake: string | null): Promise<string[]> {
  const { rows } = await db.query<{ lake: string }>(
    "select distinct lake from lake_files where lake is distinct from $1 order by 1",
    [lake],
  );
  return rows.map((row) => row.lake);
}

/** pg has a bigint as a text. */
const sized = <File extends LakeFile>(file: File): File => ({ ...file, bytes: Number(file.bytes) });
