import { type Client, type Pool, type Queryable, withTransaction } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import { againWhereOvertaken } from "../db/transient.js";
import { type Deployment, findService } from "../definitions/language/deployment.js";
import { serviceFeatures } from "../definitions/language/service-features.js";
import { snapshotSources } from "../definitions/language/windows/sources-of.js";
import { ModelNotFoundError } from "../errors/errors.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import { holdErasures } from "../features/erasure/kept-out.js";
import { keepPartitions, requireRows } from "../features/snapshot-rows.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import type { Snapshot } from "../features/types.js";
import type { ModelStore } from "../registry/model-store.js";
import { DRIFT_LIMITS, judgeDrift } from "./drift-report.js";
import type { ComparedService } from "./drift-sides.js";
import { type ComparedColumns, type ComparisonMemory, compareSides } from "./drift-values.js";
import { type FeatureComparison, storedComparison } from "./feature-drift.js";

/** How far one feature of a snapshot has moved from the snapshot that Production was trained on. */
export interface DriftPoint {
  asOf: string;
  /** The date that Production was trained on. */
  against: string;
  feature: string;
  /** Null where a side was made without the feature, or its rows are gone, or `pending`. */
  psi: number | null;
  drifted: boolean;
  /** It is still to be compared: whoever asks again has the next ones compared. */
  pending: boolean;
}

/** What one request compares before it answers with what it has: well within REQUEST_TIMEOUT_MS. */
const BUDGET_MS = 10_000;

/**
 * Drift of each feature of a model's service over the newest dates, the oldest first, as a DRIFT run between the Production
 * version's training snapshot and each of them reports it: the same comparison, judged by the same limits. Comparisons are stored,
 * by part, so that a carried part and a second model compare nothing again.
 * @returns null: no version is in Production, so there is nothing to have drifted from
 * @throws {ModelNotFoundError} no feature service of that name
 */
export async function findDriftHistory(
  pool: Pool,
  { snapshots, models }: { snapshots: SnapshotStore; models: ModelStore },
  definitions: Deployment,
  model: string,
  first: number,
  budgetMs = BUDGET_MS,
): Promise<DriftPoint[] | null> {
  const service = findService(definitions, model);
  if (!service) throw new ModelNotFoundError(model);
  const [serving] = await models.servingVersions([model]);
  const production = serving?.find(({ stage }) => stage === "PRODUCTION");
  if (!production) return null;
  const [trainedOn] = await snapshots.findByIds([production.snapshotId]);
  if (!trainedOn) return null;
  const dates = await snapshots.newestDates(first);
  const until = performance.now() + budgetMs;
  const points: DriftPoint[][] = [];
  for (const date of dates) {
    const late = performance.now() > until;
    points.push(await pointsOf(pool, { deployment: definitions, service }, trainedOn, date, late));
  }
  return points.reverse().flat();
}

/** @param late nothing is compared any more: what is not stored is pending */
async function pointsOf(
  pool: Pool,
  of: ComparedService,
  trainedOn: Snapshot,
  date: Snapshot,
  late: boolean,
): Promise<DriftPoint[]> {
  const { service } = of;
  const names = serviceFeatures(service).map(({ name }) => name);
  const unknown = (pending: boolean): DriftPoint[] =>
    names.map((feature) => ({
      ...{ asOf: date.asOf, against: trainedOn.asOf, feature },
      ...{ psi: null, drifted: false, pending },
    }));
  try {
    const compared = await compareStored(pool, of, trainedOn, date, late);
    const { alpha, minPsi } = { ...DRIFT_LIMITS, ...service.driftPolicy };
    const { features } = judgeDrift(compared.features, compared.label, { alpha, minPsi });
    const byName = new Map(features.map((feature) => [feature.name, feature]));
    return unknown(false).map((point) => {
      const { psi = null, drifted = false } = byName.get(point.feature) ?? {};
      return { ...point, psi, drifted };
    });
  } catch (error) {
    if (error instanceof NotStoredError) return unknown(true);
    if (error instanceof SnapshotDroppedError) return unknown(false);
    throw error;
  }
}

/** Thrown within this file alone. */
class NotStoredError extends Error {}

function compareStored(pool: Pool, of: ComparedService, trainedOn: Snapshot, date: Snapshot, late: boolean) {
  const gone = [trainedOn, date].find(({ state }) => state === "DROPPED");
  const tables = snapshotSources(of.deployment).map(({ name }) => snapshotTableName(name));
  const compare = async (tx: Client) => {
    await tx.query("set transaction isolation level repeatable read");
    await holdErasures(tx);
    await keepPartitions(tx, tables);
    const made: [ComparedColumns, FeatureComparison][] = [];
    const stored = await findComparisons(tx, trainedOn.id, date.id);
    const memory: ComparisonMemory = {
      find: (columns) => {
        const known = stored.get(keyOf(columns));
        if (known) return known;
        if (gone) throw new SnapshotDroppedError(gone.asOf, gone.revision);
        if (late) throw new NotStoredError();
        return undefined;
      },
      keep: (columns, comparison) => void made.push([columns, comparison]),
    };
    const side = ({ id, asOf }: Snapshot) => ({ kind: "snapshot" as const, id, asOf });
    const compared = await compareSides(tx, of, side(trainedOn), side(date), () => {}, memory);
    if (made.length === 0) return compared;
    await requireRows(tx, [trainedOn.id, date.id]);
    await insertComparisons(tx, made);
    return compared;
  };
  return againWhereOvertaken(() => withTransaction(pool, compare));
}

const keyOf = ({ part, before, after }: ComparedColumns): string =>
  JSON.stringify([part, before.ownerId, before.column, after.ownerId, after.column]);

/** Of all parts of the two snapshots. */
async function findComparisons(
  db: Queryable,
  beforeId: number,
  afterId: number,
): Promise<Map<string, FeatureComparison>> {
  const { rows } = await db.query<{
    part: string;
    beforeId: number;
    before: string;
    afterId: number;
    after: string;
    comparison: unknown;
  }>(
    `select c.part, c.before_owner_id as "beforeId", c.before_column as before, c.after_owner_id as "afterId",
       c.after_column as after, c.comparison
     from snapshot_parts b join snapshot_parts a on a.name = b.name
     join drift_comparisons c
       on c.before_owner_id = b.owner_id and c.after_owner_id = a.owner_id and c.part = b.name
     where b.snapshot_id = $1 and a.snapshot_id = $2`,
    [beforeId, afterId],
  );
  return new Map(
    rows.map(({ part, beforeId, before, afterId, after, comparison }) => [
      keyOf({
        part,
        before: { ownerId: beforeId, column: before },
        after: { ownerId: afterId, column: after },
      }),
      storedComparison.parse(comparison),
    ]),
  );
}

async function insertComparisons(
  db: Queryable,
  made: readonly (readonly [ComparedColumns, FeatureComparison])[],
): Promise<void> {
  const each = <T>(value: (columns: ComparedColumns) => T) => made.map(([columns]) => value(columns));
  await db.query(
    `insert into drift_comparisons (part, before_owner_id, before_column, after_owner_id, after_column, comparison)
     select * from unnest($1::text[], $2::int[], $3::text[], $4::int[], $5::text[], $6::jsonb[])
     on conflict do nothing`,
    [
      each(({ part }) => part),
      each(({ before }) => before.ownerId),
      each(({ before }) => before.column),
      each(({ after }) => after.ownerId),
      each(({ after }) => after.column),
      made.map(([, comparison]) => JSON.stringify(comparison)),
    ],
  );
}
