import { decodeCursor, type Page, type PageRequest, toPage } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import { erasedRowsOf, findParts, type PartsByName } from "../db/snapshots/snapshot-parts.js";
import type { FeatureService } from "../definitions/language/deployment.js";
import { hasRows, isEffective, isWithdrawn, wasEffective } from "./effective-snapshots.js";
import { findLabelledDates, type LabelledDate, requireLabel } from "./labelled-dates.js";
import type { RevisionKey, Snapshot } from "./types.js";

/** SQL: what a snapshot was published with, without the rows that were erased since. */
const VIEWS = `case when not exists (select 1 from erased_rows) then views else (
    select jsonb_agg(jsonb_set(v, '{rowCount}', to_jsonb((v->>'rowCount')::int - coalesce((
      select ${erasedRowsOf("p")} from snapshot_parts p where p.snapshot_id = snapshots.id and p.name = v->>'source'), 0))) order by place)
    from jsonb_array_elements(views) with ordinality described(v, place)) end`;

const SNAPSHOT = `
  id, as_of as "asOf", revision, created_at as "createdAt", content_sha256 as "contentSha256", ${VIEWS} as views,
  (select sum((v->>'rowCount')::int)::int from jsonb_array_elements(${VIEWS}) v) as "rowCount", run_id as "runId",
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

  /**
   * The revisions of the date that hold and are of the delivery that made this one: it, the one that the delivery made, and those
   * between, which differ in what they carry on.
   */
  async ofOneDelivery({ asOf, runId }: Pick<Snapshot, "asOf" | "runId">): Promise<number[]> {
    const { rows } = await this.db.query<{ id: number }>(
      `select id from snapshots where as_of = $1 and run_id = $2 and ${isEffective("snapshots")} order by revision`,
      [asOf, runId],
    );
    return rows.map(({ id }) => id);
  }

  /** As `requireLabel` of `labelled-dates.ts`. */
  requireLabel(...args: Parameters<typeof requireLabel> extends [Queryable, ...infer Rest] ? Rest : never) {
    return requireLabel(this.db, ...args);
  }

  /** The dates that have the service's labels, the oldest first. */
  labelledDates(service: Pick<FeatureService, "label">): Promise<LabelledDate[]> {
    return findLabelledDates(this.db, service);
  }

  /** The newest date that has the service's labels; null where none has. */
  async newestLabelled(service: Pick<FeatureService, "label">): Promise<Snapshot | null> {
    const newest = (await this.labelledDates(service)).at(-1);
    return newest ? ((await this.findByIds([newest.snapshotId]))[0] ?? null) : null;
  }

  /** The Production and Staging versions that were trained from rows of these snapshots, as features or labels. */
  async servedFrom(ids: readonly number[]): Promise<{ model: string; version: number; stage: string }[]> {
    const { rows } = await this.db.query<{ model: string; version: number; stage: string }>(
      `select model, version, stage from model_versions v
       where stage in ('PRODUCTION', 'STAGING') and (snapshot_id = any($1) or label_snapshot_id = any($1) or trained_snapshots && $1::int[]
         or exists (select 1 from snapshot_parts p
           where p.snapshot_id = any(array[v.snapshot_id, v.label_snapshot_id] || v.trained_snapshots) and p.owner_id = any($1)))
       order by model, version`,
      [ids],
    );
    return rows;
  }

  /** The newest revision of that date that was known, and held, at an instant. */
  async findKnown(asOf: string, knownAt: Date): Promise<Snapshot | null> {
    const { rows } = await this.db.query<Snapshot>(
      `select ${SNAPSHOT} from snapshots where as_of = $1 and ${wasEffective("snapshots", "$2::timestamptz")}
       order by revision desc limit 1`,
      [asOf, knownAt],
    );
    return rows[0] ?? null;
  }

  /** Rows of these parts that were erased after the run had begun, or are being erased: it may have read them. */
  async erasedSince(
    runId: string,
    parts: readonly { id: number; names: readonly string[] }[],
  ): Promise<number> {
    const pairs = parts.flatMap(({ id, names }) => names.map((name) => ({ id, name })));
    const { rows } = await this.db.query<{ count: number }>(
      `select count(distinct (e.owner_id, e.part, e.row_sha256))::int as count
       from unnest($2::int[], $3::text[]) asked(id, name)
       join snapshot_parts p on p.snapshot_id = asked.id and p.name = asked.name
       join erased_rows e on e.owner_id = p.owner_id and e.part = p.name
       join erasures x on x.id = e.erasure_id join runs erasing on erasing.id = x.run_id
       where coalesce(erasing.finished_at, 'infinity') > (select started_at from runs where id = $1)`,
      [runId, pairs.map(({ id }) => id), pairs.map(({ name }) => name)],
    );
    return rows[0]!.count;
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

  /** Of every date the newest revision that holds, or that held and was known at an instant; the oldest date first. */
  async dates(knownAt: Date | null = null): Promise<Snapshot[]> {
    const holds = knownAt ? wasEffective("snapshots", "$1::timestamptz") : `not ${isWithdrawn("snapshots")}`;
    const { rows } = await this.db.query<Snapshot>(
      `select distinct on (as_of) ${SNAPSHOT} from snapshots where ${holds} order by as_of, revision desc`,
      knownAt ? [knownAt] : [],
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
