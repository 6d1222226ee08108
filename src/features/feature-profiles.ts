import { type Pool, type Queryable, withTransaction } from "../db/pool.js";
import type { PartColumn, SnapshotPart } from "../db/snapshots/snapshot-parts.js";
import { snapshotTableName } from "../db/tables/derived.js";
import { againWhereOvertaken } from "../db/transient.js";
import {
  type Deployment,
  type Feature,
  type FeatureView,
  featuresOf,
  retiredFeaturesOf,
} from "../definitions/language/deployment.js";
import { currentRequest } from "../observability/request-scope.js";
import { type ColumnProfile, columnProfile } from "./column-profile.js";
import { holdErasures } from "./erasure/kept-out.js";
import { offlineEngine } from "./offline/registry.js";
import { keepPartitions, requireRows } from "./snapshot-rows.js";
import type { SnapshotStore } from "./snapshot-store.js";

/** A feature of a view, as one snapshot has it. */
export interface FeatureProfile extends ColumnProfile {
  feature: Feature;
  /** All but the counts of rows is left out: the feature is personal. */
  masked?: true;
}

export interface ProfileKey {
  snapshotId: number;
  view: string;
}

/**
 * Profiles of a view's features in snapshots, those that are retired included; not of pushed values. What is stored is read
 * by one statement for all keys. What is not is computed, a part at a time, and stored: under the part's owner, so that snapshots which
 * carry a part on share its profile.
 * @param exclusive runs one computation at a time
 * @returns in the keys' order; null: no such view, or the snapshot was made without its source; an error: its rows were dropped
 */
export async function findFeatureProfiles(
  pool: Pool,
  store: SnapshotStore,
  { views }: Deployment,
  keys: readonly ProfileKey[],
  exclusive: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<(FeatureProfile[] | null | Error)[]> {
  const parts = await store.parts([...new Set(keys.map(({ snapshotId }) => snapshotId))]);
  const asked = keys.map(({ snapshotId, view: name }) => {
    const view = views.find((each) => each.name === name);
    const part = view && parts.get(snapshotId)?.get(view.source.name);
    return view && part ? { part, columns: profiled(view, part) } : null;
  });
  const stored = await findStored(
    pool,
    asked.flatMap((each) => (each ? [each.part] : [])),
  );
  const found: (FeatureProfile[] | null | Error)[] = [];
  for (const each of asked) {
    found.push(each && (await complete(pool, stored, each, exclusive).catch((error: Error) => error)));
  }
  return found;
}

interface Profiled {
  feature: Feature;
  column: PartColumn;
}

/** The view's features that the part was made with. */
function profiled(view: FeatureView, part: SnapshotPart): Profiled[] {
  return [...featuresOf([view]), ...retiredFeaturesOf([view])].flatMap((feature) => {
    const column = part.columns.find(({ stored }) => stored === feature.name);
    return column ? [{ feature, column }] : [];
  });
}

const named = (part: SnapshotPart, column: string): string => `${part.ownerId} ${part.name} ${column}`;

async function findStored(
  db: Queryable,
  parts: readonly SnapshotPart[],
): Promise<Map<string, ColumnProfile>> {
  const { rows } = await db.query<{ name: string; profile: unknown }>(
    `select owner_id || ' ' || part || ' ' || column_name as name, profile from feature_profiles
     where (owner_id, part) in (select * from unnest($1::int[], $2::text[]))`,
    [parts.map(({ ownerId }) => ownerId), parts.map(({ name }) => name)],
  );
  return new Map(rows.map(({ name, profile }) => [name, columnProfile.parse(profile)]));
}

async function complete(
  pool: Pool,
  stored: Map<string, ColumnProfile>,
  { part, columns }: { part: SnapshotPart; columns: readonly Profiled[] },
  exclusive: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<FeatureProfile[]> {
  const missing = () => columns.filter(({ column }) => !stored.has(named(part, column.name)));
  if (missing().length > 0) {
    const { ended } = currentRequest() ?? {};
    if (ended) throw ended;
    const make = async () => {
      // Another request may have computed it while this one waited.
      for (const [name, profile] of await findStored(pool, [part])) stored.set(name, profile);
      const left = missing().map(({ column }) => column);
      if (left.length === 0) return;
      const profiles = await compute(pool, part, left);
      for (const [i, { name }] of left.entries()) stored.set(named(part, name), profiles[i]!);
    };
    await exclusive(() => againWhereOvertaken(make));
  }
  return columns.map(({ feature, column }) => ({ ...stored.get(named(part, column.name))!, feature }));
}

/** @throws {SnapshotDroppedError} retention dropped the rows */
function compute(pool: Pool, part: SnapshotPart, columns: readonly PartColumn[]): Promise<ColumnProfile[]> {
  return withTransaction(pool, async (tx) => {
    await tx.query("set transaction isolation level repeatable read");
    await holdErasures(tx);
    await keepPartitions(tx, [snapshotTableName(part.name)]);
    const profiles = await offlineEngine().profile(tx, part, columns);
    await requireRows(tx, [part.snapshotId]);
    await tx.query(
      `insert into feature_profiles (owner_id, part, column_name, profile)
       select $1, $2, * from unnest($3::text[], $4::jsonb[]) on conflict do nothing`,
      [
        ...[part.ownerId, part.name],
        columns.map(({ name }) => name),
        profiles.map((profile) => JSON.stringify(profile)),
      ],
    );
    return profiles;
  });
}
