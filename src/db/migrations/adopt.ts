import { StartError } from "../../errors/start-errors.js";
import type { Client, Queryable } from "../pool.js";
import { completeFrom } from "./complete.js";
import type { MigrationFile } from "./folder.js";
import {
  attachRows,
  describeSnapshots,
  detachRows,
  type LegacyDefinitions,
  legacyKey,
} from "./legacy-snapshots.js";

/** What a home is taken over to. */
export interface Baselines {
  core: readonly MigrationFile[];
  deployment: readonly MigrationFile[];
}

/**
 * Brings a home of 0.1.0, all of drizzle/legacy applied, to what the baselines make of an empty database: whoever
 * compares the two finds no difference (tests/db/migrations/adoption.test.ts). Part of the transaction that records the
 * baselines as applied. 0.1.0 must be stopped: it finds its own record renamed, and does not start again.
 */
export async function adoptLegacyHome(
  db: Client,
  definitions: LegacyDefinitions & { name: string },
  baselines: Baselines,
): Promise<void> {
  await requireOwnData(db, definitions.name, baselines);
  const tables = await detachRows(db, definitions);
  for (const { statements } of [...baselines.core, ...baselines.deployment])
    await completeFrom(db, statements);
  await attachRows(db, legacyKey(definitions), tables);
  await describeSnapshots(db, definitions, tables);
  await db.query("alter table asof_migrations rename to asof_legacy_migrations");
}

/**
 * 0.1.0 did not write down whose data a home holds: snapshots of nothing that is declared are another deployment's.
 * @throws {StartError} OTHER_DEPLOYMENT
 */
async function requireOwnData(db: Queryable, name: string, { deployment }: Baselines): Promise<void> {
  const { rows } = await db.query<{ part: string }>(
    "select distinct part->>'name' as part from snapshots, jsonb_array_elements(views) part order by 1",
  );
  const made = deployment.flatMap(({ statements }) =>
    statements.flatMap((statement) => /^CREATE TABLE "(\w+)"/.exec(statement)?.[1] ?? []),
  );
  const known = (part: string) => made.includes(`${part}_online`) || made.includes(`${part}_snapshots`);
  if (rows.length === 0 || rows.some(({ part }) => known(part))) return;
  const parts = rows.map(({ part }) => part).join(", ");
  throw new StartError(
    "OTHER_DEPLOYMENT",
    `this database holds snapshots of another deployment (${parts}), of which ${JSON.stringify(name)} declares none; give it a home of its own (ASOF_HOME or DATABASE_URL)`,
  );
}
