import type { Client } from "../../db/pool.js";
import { BadUserInputError } from "../../errors/errors.js";
import { type FileOwner, OWNER_TABLES } from "./file-owner.js";

/** The files that a version is registered with: those of a folder of an owner. */
export interface SealedFiles {
  owner: FileOwner;
  folder: string | null;
}

/**
 * Keeps the files as they are now with the version, in the transaction that makes it. Of runs those of EXTERNAL ones alone: what asof
 * itself wrote is masked and erased by the run that wrote it, and a copy under a version would be neither.
 * @throws {BadUserInputError} they are of a run of asof's own, or gone
 */
export async function sealFiles(
  tx: Client,
  versionId: number,
  { owner, folder }: SealedFiles,
): Promise<void> {
  if (owner.kind === "run") await requireClientsOwn(tx, owner.id);
  const { table, key } = OWNER_TABLES[owner.kind];
  const { rowCount } = await tx.query(
    `insert into model_version_files (version_id, name, media_type, bytes, sha256)
     select $1, substr(name, length($3::text) + 1), media_type, bytes, sha256 from ${table}
     where ${key} = $2 and starts_with(name, $3)`,
    [versionId, owner.id, folder === null ? "" : `${folder}/`],
  );
  if (rowCount === 0) throw new BadUserInputError("source: its files are gone; log the model again");
}

async function requireClientsOwn(tx: Client, runId: string): Promise<void> {
  const { rows } = await tx.query<{ kind: string }>("select kind from runs where id = $1", [runId]);
  if (!rows[0] || rows[0].kind === "EXTERNAL") return;
  throw new BadUserInputError(
    `source: run ${runId} is a ${rows[0].kind} run, whose files asof itself wrote; a version is made of what a client logged: log the model in a run of your own`,
    { runId, kind: rows[0].kind },
  );
}
