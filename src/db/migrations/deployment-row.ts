import { StartError } from "../../errors/start-errors.js";
import type { Queryable } from "../pool.js";
import { compareReleases } from "./release.js";

export interface DeploymentRow {
  name: string;
  /** The oldest release that may start on this database. */
  min_release: string;
}

/** Null before the first migration of 0.2.0 or later. */
export async function findDeploymentRow(db: Queryable): Promise<DeploymentRow | null> {
  const table = await db.query("select to_regclass('asof_deployment') is not null as there");
  if (!table.rows[0].there) return null;
  const { rows } = await db.query<DeploymentRow>("select name, min_release from asof_deployment");
  return rows[0] ?? null;
}

/**
 * @throws {StartError} OTHER_DEPLOYMENT, RELEASE_TOO_OLD
 */
export function requireFit(row: DeploymentRow, name: string, release: string, database?: string): void {
  const place = `database ${JSON.stringify(database ?? "")}`;
  if (row.name !== name) {
    throw new StartError(
      "OTHER_DEPLOYMENT",
      `${place} holds the data of deployment ${JSON.stringify(row.name)}, and the definitions are those of ${JSON.stringify(name)}; ` +
        `give ${JSON.stringify(name)} a home of its own (ASOF_HOME or DATABASE_URL), or, where they are the same deployment, name it deployment({ name: ${JSON.stringify(row.name)}, … })`,
    );
  }
  if (compareReleases(release, row.min_release) < 0) {
    throw new StartError(
      "RELEASE_TOO_OLD",
      `${place} needs asof ${row.min_release} or newer, and this is ${release}; start asof ${row.min_release} or newer, or restore a backup from before it was upgraded`,
    );
  }
}

/** Names the database after its first deployment; a release that needs more than the last one raises the bar. */
export async function keepDeploymentRow(db: Queryable, name: string, minReleases: string[]): Promise<void> {
  const row = await findDeploymentRow(db);
  const known = row ? [...minReleases, row.min_release] : minReleases;
  const oldest = known.sort(compareReleases).at(-1) ?? "0.0.0";
  if (row?.min_release === oldest) return;
  await db.query(
    `insert into asof_deployment (name, min_release) values ($1, $2)
     on conflict (only_row) do update set min_release = excluded.min_release`,
    [name, oldest],
  );
}
