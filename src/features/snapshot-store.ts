import { decodeCursor, type Page, type PageRequest, toPage } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import { findParts, type PartsByName } from "../db/snapshots/snapshot-parts.js";
import { hasRows, isEffective, isWithdrawn } from "./effective-snapshots.js";
import type { RevisionKey, Snapshot } from "./types.js";

const SNAPSHOT = `
  id, as_of as "asOf", revision, created_at as "createdAt", content_sha256 as "contentSha256", views,
  (select sum((v->>'rowCount')::int)::int from jsonb_array_elements(views) v) as "rowCount", run_id as "runId",
  sources, hash_version as "hashVersion",
  case when not ${hasRows("snapshots")} then 'DROPPED' when ${isWithdrawn("snapshots")} then 'WITHDRAWN' else 'PUBLISHED' end
    as state,
  (select json_build_object('at', w.at, 'actor', w.actor, 'reason', w.reason, 'runId', w.run_id)
     from snapshot_withdrawals w where w.snapshot_id = snapshots.id) as withdrawal, ${hasRows("snapshots")} as "rowsAvailable"`;

/** Reads the catalogue of snapshots. */
export class SnapshotStore {
  constructor(private readonly db: Queryable) {}

  async findByIds(ids: readonly number[]): Promise<(Snapshot | null)[]> {
    const { rows } = await this.db.query<Snapshot>(`select ${SNAPSHOT} from snapshots where id = any($1)`, [
      ids,
    ]);
    const byId = new Map(rows.map((snapshot) => [snapshot.id, snapshot]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /** By date and revision, in the keys' order. */
  async findRevisions(keys: readonly RevisionKey[]): Promise<(Snapshot | null)[]> {
    const { rows } = await this.db.query<Snapshot>(
      `select ${SNAPSHOT} from snapshots
       where (as_of, revision) in (select * from unnest($1::date[], $2::int[]))`,
      [keys.map(({ asOf }) => asOf), keys.map(({ revision }) => revision)],
    );
    const named = ({ asOf, revision }: RevisionKey) => `${asOf} ${revision}`;
    const byKey = new Map(rows.map((snapshot) => [named(snapshot), snapshot]));
    return keys.map((key) => byKey.get(named(key)) ?? null);
  }

  /** What each of these snapshots is made of. */
  parts(ids: readonly number[]): Promise<Map<number, PartsByName>> {
    return findParts(this.db, ids);
  }

  /** The Production and Staging versions that were trained from it, as features or labels. */
  async servedFrom(snapshotId: number): Promise<{ model: string; version: number; stage: string }[]> {
    const { rows } = await this.db.query<{ model: string; version: number; stage: string }>(
      `select model, version, stage from model_versions
       where stage in ('PRODUCTION', 'STAGING') and (snapshot_id = $1 or label_snapshot_id = $1)
       order by model, version`,
      [snapshotId],
    );
    return rows;
  }

  /** The named revision of that date; where none is named the newest that holds, or else the newest. */
  async find(asOf: string, revision?: number | null): Promise<Snapshot | null> {
    const { rows } = await this.db.query<Snapshot>(
      `select ${SNAPSHOT} from snapshots where as_of = $1 and ($2::int is null or revision = $2)
       order by ${isWithdrawn("snapshots")}, revision desc limit 1`,
      [asOf, revision ?? null],
    );
    return rows[0] ?? null;
  }

  /** The snapshot with the newest date that holds and has its rows; null before the first ingest. */
  async newest(): Promise<Snapshot | null> {
    const { rows } = await this.db.query<Snapshot>(
      `select ${SNAPSHOT} from snapshots
       where ${isEffective("snapshots")}
       order by as_of desc, revision desc limit 1`,
    );
    return rows[0] ?? null;
  }

  /** The newest revision that holds of every date from this one on, oldest date first. */
  async newestRevisions(from: string): Promise<Snapshot[]> {
    const { rows } = await this.db.query<Snapshot>(
      `select distinct on (as_of) ${SNAPSHOT} from snapshots
       where as_of >= $1 and not ${isWithdrawn("snapshots")} order by as_of, revision desc`,
      [from],
    );
    return rows;
  }

  /** The newest revision that holds of so many dates, the newest date first; those whose rows were dropped included. */
  async newestDates(first: number): Promise<Snapshot[]> {
    const { rows } = await this.db.query<Snapshot>(
      `select distinct on (as_of) ${SNAPSHOT} from snapshots
       where not ${isWithdrawn("snapshots")} order by as_of desc, revision desc limit $1`,
      [first],
    );
    return rows;
  }

  /** Newest date first, newest revision first. */
  async list(page: PageRequest): Promise<Page<Snapshot>> {
    const [asOf, revision] = page.after ? decodeCursor(page.after, 2, isSnapshotKey) : [null, null];
    const { rows } = await this.db.query<Snapshot>(
      `select ${SNAPSHOT} from snapshots where $1::date is null or (as_of, revision) < ($1, $2::int)
       order by as_of desc, revision desc limit $3`,
      [asOf, revision, page.first + 1],
    );
    const total = await this.db.query<{ count: number }>("select count(*)::int as count from snapshots");
    return toPage(
      rows,
      page,
      total.rows[0]!.count,
      (snapshot) => snapshot,
      (snapshot) => [snapshot.asOf, snapshot.revision],
    );
  }
}

function isSnapshotKey([asOf, revision]: readonly (string | number)[]): boolean {
  const date = new Date(`${asOf}T00:00:00Z`);
  const real = !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === asOf;
  return real && Number.isInteger(revision) && Math.abs(revision as number) < 2 ** 31;
}
