import { type Client, quote } from "../db/pool.js";
import type { Deployment, FeatureView } from "../definitions/language/deployment.js";
import { entityOf, entitySourceOf, keyOf } from "../definitions/language/entities.js";
import { type MergedRow, mergePushes, type PushedRow } from "./push-merge.js";
import { findHeld, insertPushes, lockOnline, upsertOnline } from "./push-sql.js";

/**
 * Writes pushed rows within the caller's transaction: to the online table under the event-time guard, and to the
 * view's pushes, from where the next snapshot takes them. A row that says nothing new is not written.
 *
 * @param check looks at the completed rows before anything is written; what it throws ends the push
 * @returns what became of each row, in the rows' order
 */
export async function writePushes(
  tx: Client,
  deployment: Deployment,
  view: FeatureView,
  rows: readonly PushedRow[],
  actor: string,
  check: (rows: readonly MergedRow[]) => void,
): Promise<MergedRow[]> {
  if (rows.length === 0) return [];
  const keyName = keyOf(deployment, view.source);
  const served = await lockOnline(tx, keyName, view, [...new Set(rows.map(({ key }) => key))]);
  const strangers = [...new Set(rows.map(({ key }) => key))].filter((id) => !served.has(id));
  if (strangers.length > 0) {
    // Nothing of theirs can be locked. Two pushes must not both complete their rows from nothing.
    await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_push ' || $1, 0))", [view.name]);
    for (const [id, row] of await lockOnline(tx, keyName, view, strangers)) served.set(id, row);
  }
  const old = rows.flatMap(({ key, asOf }, place) => {
    const now = served.get(key);
    return now && asOf <= now.eventTime ? [{ place, key, asOf }] : [];
  });
  const merged = mergePushes(rows, served, await findHeld(tx, keyName, view, old));
  check(merged);
  // Materialize inserts such rows too, and may wait for the ones locked here: who waits for whom must end soon.
  if (strangers.length > 0) await tx.query("set local lock_timeout = '500ms'");
  const { written, inserted } = await upsertOnline(tx, keyName, view, lastServed(merged));
  for (const row of merged) {
    if (row.outcome === "SERVED" && !written.has(row.key)) row.outcome = "STALE";
  }
  await insertPushes(
    tx,
    keyName,
    view,
    merged.filter(({ outcome }) => outcome !== "UNCHANGED"),
    actor,
  );
  if (inserted > 0) {
    await tx.query("update online_views set row_count = row_count + $2 where view = $1", [
      view.name,
      inserted,
    ]);
  }
  return merged;
}

/** Those of the users in `keys` that the live table of the view's entity does not know. */
export async function unknownUsers(
  tx: Client,
  deployment: Deployment,
  view: FeatureView,
  keys: readonly string[],
): Promise<Set<string>> {
  const entity = entityOf(deployment, view.source);
  const { rows } = await tx.query<{ id: string }>(
    `select id from unnest($1::text[]) id
     where not exists (select 1 from ${quote(entitySourceOf(deployment, entity).name)} e where e.${quote(entity.key)} = id)`,
    [keys],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Of each user the row that holds after all of them. */
function lastServed(merged: readonly MergedRow[]): MergedRow[] {
  const last = new Map<string, MergedRow>();
  for (const row of merged) {
    const other = last.get(row.key);
    if (row.outcome === "SERVED" && (!other || row.asOf >= other.asOf)) last.set(row.key, row);
  }
  return [...last.values()];
}
