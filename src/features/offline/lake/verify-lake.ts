import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Queryable } from "../../../db/pool.js";
import { findParts, type SnapshotPart } from "../../../db/snapshots/snapshot-parts.js";
import type { Deployment } from "../../../definitions/language/deployment.js";
import { keyOfPart } from "../../../definitions/language/entities.js";
import { WRITING } from "../../../storage/byte-store.js";
import type { ErasedHash, FiledPart, LakeEngine, OfflineSettings } from "../offline-engine.js";
import type { Lake, LakeFile } from "./lake.js";
import { cataloguedFiles, filesOfParts, partKey, staleParts } from "./lake-catalogue.js";

export interface LakeFindings {
  files: number;
  bytes: number;
  /** Files that are not there, or not what was written. */
  broken: { path: string; problem: string }[];
  /** Parts that the lake does not have yet, or has with rows that were erased since. */
  behind: number;
  /** Parts whose rows were hashed; null: they were not looked at. */
  hashed: number | null;
}

/** Compares what is in the lake with the catalogue by names and sizes; nothing is read. */
export async function compareLake(db: Queryable, lake: Lake, signal: AbortSignal): Promise<LakeFindings> {
  const counted = await cataloguedFiles(db, lake.url);
  const found = new Map<string, number>();
  for await (const { path, bytes } of lake.list("", signal))
    if (!path.startsWith(`${WRITING}/`)) found.set(path, bytes);
  const broken = [...counted.values()].flatMap(({ path, bytes }) => {
    const here = found.get(path);
    if (here === bytes) return [];
    return [{ path, problem: here === undefined ? "is not there" : `has ${here} bytes instead of ${bytes}` }];
  });
  const bytes = [...counted.values()].reduce((sum, file) => sum + file.bytes, 0);
  const behind = (await staleParts(db, lake.url)).length;
  return { files: counted.size, bytes, broken, behind, hashed: null };
}

/**
 * The same, and reads every file: its SHA-256 against the catalogue's and, by an engine that reads Parquet, the content hash
 * of its rows against the one that the snapshot was published with.
 * @param engine null: bytes alone are compared
 */
export async function verifyLake(
  db: Queryable,
  definitions: Deployment,
  settings: OfflineSettings & { lake: Lake },
  engine: LakeEngine | null,
  signal: AbortSignal,
): Promise<LakeFindings> {
  const { lake } = settings;
  const findings = await compareLake(db, lake, signal);
  const known = new Set(findings.broken.map(({ path }) => path));
  for (const file of (await cataloguedFiles(db, lake.url)).values()) {
    if (known.has(file.path)) continue;
    if ((await sha256Of(lake, file.path, signal)) !== file.sha256)
      findings.broken.push({
        path: file.path,
        problem: "has other bytes than were written: its SHA-256 differs",
      });
  }
  if (!engine || findings.broken.length > 0) return findings;
  const parts = await ownedParts(db, lake);
  findings.hashed = parts.length;
  for (let from = 0; from < parts.length; from += TOGETHER)
    findings.broken.push(
      ...(await otherRows(db, definitions, settings, engine, parts.slice(from, from + TOGETHER), signal)),
    );
  return findings;
}

/** Parts that are hashed by one call. */
const TOGETHER = 100;

interface LakePart {
  part: SnapshotPart;
  files: LakeFile[];
}

async function ownedParts(db: Queryable, lake: Lake): Promise<LakePart[]> {
  const { rows } = await db.query<{ id: number }>(
    "select distinct owner_id as id from lake_files where lake = $1 and owner_id is not null order by 1",
    [lake.url],
  );
  const ids = rows.map(({ id }) => id);
  const files = await filesOfParts(db, lake.url, ids);
  return [...(await findParts(db, ids))].flatMap(([id, parts]) =>
    [...parts.values()].flatMap((part) => {
      const of = files.get(partKey(id, part.name));
      return part.ownerId === id && of ? [{ part, files: of }] : [];
    }),
  );
}

async function otherRows(
  db: Queryable,
  definitions: Deployment,
  settings: OfflineSettings & { lake: Lake },
  engine: LakeEngine,
  parts: readonly LakePart[],
  signal: AbortSignal,
): Promise<LakeFindings["broken"]> {
  const folder = await mkdtemp(join(tmpdir(), "asof-lake-"));
  try {
    const filed: FiledPart[] = [];
    for (const { part, files } of parts) {
      const local: string[] = [];
      for (const file of files) local.push(await settings.lake.local(file, folder, signal));
      const erased = await erasedHashes(db, part);
      filed.push({ part, key: keyOfPart(definitions, part.name), files: local, erased });
    }
    const hashes = await engine.hash(filed, settings);
    return parts.flatMap(({ part, files }, i) =>
      hashes[i] === part.contentSha256
        ? []
        : [
            {
              path: files[0]!.path,
              problem: "has other rows than the snapshot's part: its content hash differs",
            },
          ],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What erased rows of a part have left. */
export async function erasedHashes(db: Queryable, { ownerId, name }: SnapshotPart): Promise<ErasedHash[]> {
  const { rows } = await db.query<ErasedHash>(
    "select bucket, encode(row_sha256, 'hex') as sha256 from erased_rows where owner_id = $1 and part = $2",
    [ownerId, name],
  );
  return rows;
}

async function sha256Of(lake: Lake, path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of lake.read(path, signal)) hash.update(chunk);
  return hash.digest("hex");
}
