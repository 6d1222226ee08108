import { z } from "zod";
import type { Client, Queryable } from "../../db/pool.js";

export const archiveHash = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 was expected");

/** A version as one deployment had it. */
export const versionPlace = z.object({
  deployment: z.string().min(1).max(200),
  model: z.string().min(1).max(200),
  version: z.int(),
  /** Which of its runs measured it: no other version of any deployment has this id. */
  runId: z.uuid(),
});
export type VersionPlace = z.infer<typeof versionPlace>;

/** Where a version came from: what a deployment keeps of the archive that it imported. */
export const importedFrom = z.object({
  /** SHA-256 of the archive's manifest, from which all else in it follows. */
  archive: archiveHash,
  /** Where it was registered first: the same version keeps this wherever it is moved. */
  origin: versionPlace,
  /** Where this archive was exported. */
  from: versionPlace,
  /** What trained it: a learner, or EXTERNAL. */
  algorithm: z.string(),
  /** What signed the archive: the SHA-256 of its public key. Null: nobody, or nobody here asked. */
  signedBy: archiveHash.nullable(),
});
export type ImportedFrom = z.infer<typeof importedFrom>;

/**
 * The version of that file that was registered by the run, here, or anywhere where it was then exported; none that was refused.
 * $1 model, $2 SHA-256, $3 the run
 */
const VERSION_OF_ORIGIN = `
  select v.version, coalesce(v.registered_by, v.run_id) as "judgedBy" from model_versions v
  where v.model = $1 and v.sha256 = $2
    and ($3::uuid in (v.run_id, v.registered_by) or v.imported_from #>> '{origin,runId}' = $3::uuid::text)
    and (v.signature is not null or not exists
      (select 1 from runs j where j.id = v.registered_by and j.status in ('FAILED', 'CANCELLED')))
  order by v.version limit 1`;

/** The version that an archive holds, where it is here already: it was exported from here, or imported before. */
export async function findImported(
  db: Queryable,
  model: string,
  sha256: string,
  { origin }: Pick<ImportedFrom, "origin">,
): Promise<{ version: number; judgedBy: string } | null> {
  const { rows } = await db.query<{ version: number; judgedBy: string }>(VERSION_OF_ORIGIN, [
    model,
    sha256,
    origin.runId,
  ]);
  return rows[0] ?? null;
}

/** The same, and no other version of the model is registered until the end of the transaction. */
export async function holdImported(
  tx: Client,
  ...[model, sha256, imported]: [string, string, ImportedFrom]
): ReturnType<typeof findImported> {
  await tx.query("select 1 from models where name = $1 for update", [model]);
  return findImported(tx, model, sha256, imported);
}
