import type pg from "pg";
import { artifactStores, verifyObjects, waitingArtifacts } from "../../registry/files/verify-objects.js";
import { type Check, failed, gibibytes, ok, warning } from "./check.js";

const NAME = "artifact store";
/** Of broken files, and of those that nothing names. */
const NAMED = 5;

/**
 * Each store that artifacts are in, and what waits to be moved to the one of ARTIFACTS_URL.
 * @param isRead whether every file is read, and hashed
 */
export async function checkArtifactStores(
  client: pg.Client,
  artifactsUrl: string | null,
  isRead: boolean,
): Promise<Check[]> {
  const { rows } = await client.query("select to_regclass('artifact_objects') is not null as known");
  // Before the migration that adds it nothing is outside the database.
  if (!rows[0].known) return [];
  const checks: Check[] = [];
  for (const url of await artifactStores(client, artifactsUrl))
    checks.push(await examined(client, url, isRead));
  if (artifactsUrl === null) return checks;
  const { files, bytes } = await waitingArtifacts(client);
  if (files === 0) return checks;
  const message = `${files} files, ${gibibytes(bytes)}, wait in PostgreSQL to be moved there`;
  return [...checks, warning(NAME, message, "start a worker: it moves them; its log says what keeps it")];
}

async function examined(client: pg.Client, url: string, isRead: boolean): Promise<Check> {
  try {
    const found = await verifyObjects(client, url, isRead, new AbortController().signal);
    const size = `${found.url}: ${found.files} files, ${gibibytes(found.bytes)}`;
    const remedy = "restore them from a backup of the store, or its bucket's former versions";
    if (found.isOwn === false)
      return failed(
        NAME,
        `${size}, and it belongs to another database`,
        `set ARTIFACTS_URL to a place of its own; where it is this one's all the same, as after a restore, write ${found.mark} into its _asof.json`,
      );
    if (found.isOwn === null && found.files > 0)
      return failed(NAME, `${size}, and it has no _asof.json`, "mount it, or restore it");
    if (found.broken.length > 0) return failed(NAME, `${size}; ${firstOf(found.broken)}`, remedy);
    if (found.unknown.length > 0)
      return warning(
        NAME,
        `${size}, and ${found.unknown.length} objects below artifacts/ that nothing names: ${firstOf(found.unknown)}`,
        "where this is no restored backup, they were left by a crash: delete them",
      );
    return ok(NAME, `${size}${isRead ? ", every byte as it was written" : ""}`);
  } catch (error) {
    return failed(NAME, (error as Error).message, "check ARTIFACTS_URL, and that this machine may read it");
  }
}

function firstOf(named: readonly string[]): string {
  const more = named.length > NAMED ? ` and ${named.length - NAMED} more` : "";
  return `${named.slice(0, NAMED).join("; ")}${more}`;
}
