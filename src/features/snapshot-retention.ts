import { type Client, type Pool, type Queryable, quote } from "../db/pool.js";
import type { Retention } from "../definitions/language/deployment.js";
import { BadUserInputError } from "../errors/errors.js";
import { hasRows, isWithdrawn } from "./effective-snapshots.js";
import { dropPartitions, KEPT_IN_USE, type Partition, unlessInUse } from "./partition-drops.js";
import { trainsFrom } from "./pinned-by-run.js";
import { type KeptDates, keptDates } from "./retention-grid.js";

export type RetentionOutcome = "WOULD_DROP" | "DROPPED" | "KEPT";

export interface RetentionRequest {
  keepDays?: number | null;
  keepWeeks?: number | null;
  keepMonths?: number | null;
  until?: string | null;
  dryRun: boolean;
  actor: string;
}

export interface RetentionReport {
  dryRun: boolean;
  /** From it on every date is kept; null where there is no snapshot that holds. */
  limit: string | null;
  dates: RetentionDate[];
}

export interface RetentionDate {
  asOf: string;
  outcome: RetentionOutcome;
  reason: string;
  /** The date's snapshots that have, or until now had, their rows. */
  snapshotIds: number[];
  /** Production and Staging versions that were trained from them, as features or labels. */
  keptFor: { model: string; version: number }[];
}

/**
 * Drops the partitions and quarantined rows of every date that the policy lets go, one transaction a date, and marks its snapshots in the
 * catalogue. A date stays where a Production or Staging model was trained from it, where a run that is
 * queued or running has pinned it, or where it is in use right now.
 * @throws {BadUserInputError} both limits are named, or none is and the deployment has none; a number below 1
 */
export async function applyRetention(
  pool: Pool,
  declared: Retention | undefined,
  { dryRun, actor, ...asked }: RetentionRequest,
): Promise<RetentionReport> {
  const policy = chosen(declared, asked);
  const there = await datesWithRows(pool);
  const { limit, reasonFor } = keptOf(policy, there);
  const dates: RetentionDate[] = [];
  const going: number[] = [];
  // The newest first: a date goes after those that carry on what is its.
  for (const { asOf, ids } of there.reverse()) {
    const reason = reasonFor(asOf);
    if (reason !== null) dates.push(kept(asOf, ids, reason));
    else if (dryRun) dates.push((await whyKept(pool, asOf, ids, going)) ?? wouldDrop(asOf, ids));
    else dates.push(await dropDate(pool, asOf, policy, actor));
    if (dates.at(-1)!.outcome === "WOULD_DROP") going.push(...ids);
  }
  return { dryRun, limit, dates: dates.reverse() };
}

interface DateWithRows {
  asOf: string;
  ids: number[];
  /** Not every revision of it is withdrawn. */
  holds: boolean;
}

async function datesWithRows(db: Queryable): Promise<DateWithRows[]> {
  const { rows } = await db.query<DateWithRows>(
    `select as_of as "asOf", array_agg(id order by id) as ids, bool_or(not ${isWithdrawn("snapshots")}) as holds
     from snapshots where ${hasRows("snapshots")} group by as_of order by as_of`,
  );
  return rows;
}

/** A date that should not have been published lets no other go. */
const keptOf = (policy: Retention, there: readonly DateWithRows[]): KeptDates =>
  keptDates(
    policy,
    there.filter(({ holds }) => holds).map(({ asOf }) => asOf),
  );

const PERIODS = ["keepDays", "keepWeeks", "keepMonths"] as const;

/** What is asked for, or else what the deployment declares. */
function chosen(declared: Retention | undefined, request: Partial<RetentionRequest>): Retention {
  const asked = PERIODS.filter((name) => (request[name] ?? null) !== null);
  const until = request.until ?? null;
  if (until !== null && asked.length > 0) {
    throw new BadUserInputError(
      `${asked.join(", ")} and until: name one of them, they are two ways to say the same`,
    );
  }
  if (until !== null) return { until };
  if (asked.length === 0) {
    if (declared) return declared;
    throw new BadUserInputError(
      "keepDays, keepWeeks, keepMonths or until is needed: the deployment declares no retention, so everything is kept",
    );
  }
  for (const name of asked) {
    const periods = request[name]!;
    if (periods < 1)
      throw new BadUserInputError(`${name}: 1 or more was expected; got ${periods}`, { argument: name });
  }
  return Object.fromEntries(asked.map((name) => [name, request[name]!]));
}

const kept = (
  asOf: string,
  snapshotIds: number[],
  reason: string,
  keptFor: RetentionDate["keptFor"] = [],
): RetentionDate => ({ asOf, outcome: "KEPT", reason, snapshotIds, keptFor });

const wouldDrop = (asOf: string, snapshotIds: number[]): RetentionDate => ({
  ...kept(asOf, snapshotIds, "before the limit"),
  outcome: "WOULD_DROP",
});

/** @param going snapshots that are about to be dropped, too */
async function whyKept(
  db: Queryable,
  asOf: string,
  ids: number[],
  going: readonly number[] = [],
): Promise<RetentionDate | null> {
  const { rows: versions } = await db.query<{ model: string; version: number; stage: string }>(
    `select model, version, stage from model_versions
     where stage in ('PRODUCTION', 'STAGING') and (snapshot_id = any($1) or label_snapshot_id = any($1) or trained_snapshots && $1::int[])
     order by model, version`,
    [ids],
  );
  if (versions.length > 0) {
    const names = versions.map(({ model, version, stage }) => `${model} version ${version} (${stage})`);
    const keptFor = versions.map(({ model, version }) => ({ model, version }));
    return kept(asOf, ids, `trained from: ${names.join(", ")}`, keptFor);
  }
  const { rows: runs } = await db.query<{ id: string }>(
    `select id from runs where status in ('QUEUED', 'RUNNING')
       and (${trainsFrom("$1")} or exists (select 1 from jsonb_path_query(params, '$.months[*].*') pinned
         where pinned in (select to_jsonb(id) from unnest($1::int[]) id)))
     order by created_at limit 1`,
    [ids],
  );
  if (runs[0]) return kept(asOf, ids, `run ${runs[0].id}, under way, was asked to read it`);
  const carrying = await whatCarriesOn(db, ids, going);
  return carrying ? kept(asOf, ids, carrying) : null;
}

/** In words: later dates with rows whose snapshots refer to rows of these. */
async function whatCarriesOn(
  db: Queryable,
  ids: readonly number[],
  going: readonly number[],
): Promise<string | null> {
  const { rows } = await db.query<{ name: string; first: string; dates: number }>(
    `select p.name, max(s.as_of) as first, count(distinct s.as_of)::int as dates
     from snapshot_parts p join snapshots s on s.id = p.snapshot_id and s.as_of > p.event_date
     where p.owner_id = any($1) and s.id <> all($2)
       and not exists (select 1 from snapshot_drops d where d.snapshot_id = s.id)
     group by p.name order by p.name`,
    [ids, going],
  );
  const carried = rows.map(({ name, first, dates }) => {
    const others = dates > 1 ? ` and ${dates - 1} other date${dates > 2 ? "s" : ""}` : "";
    return `${name} by ${first}${others}`;
  });
  return carried.length > 0 ? `carried on: ${carried.join(", ")}` : null;
}

async function dropDate(pool: Pool, asOf: string, policy: Retention, actor: string): Promise<RetentionDate> {
  const dropped = await unlessInUse(pool, (tx) => dropIn(tx, asOf, policy, actor));
  return dropped ?? kept(asOf, idsOf(await datesWithRows(pool), asOf), KEPT_IN_USE);
}

const idsOf = (there: readonly DateWithRows[], asOf: string): number[] =>
  there.find((date) => date.asOf === asOf)?.ids ?? [];

/** By what the policy keeps once nothing is published or withdrawn any more. */
async function dropIn(tx: Client, asOf: string, policy: Retention, actor: string): Promise<RetentionDate> {
  // No move of a model between what is judged here and the commit.
  await tx.query(
    "select pg_advisory_xact_lock_shared(hashtextextended('asof_promotion ' || name, 0)) from models order by name",
  );
  const there = await datesWithRows(tx);
  const ids = idsOf(there, asOf);
  const reason = keptOf(policy, there).reasonFor(asOf);
  const stays = reason === null ? await whyKept(tx, asOf, ids) : kept(asOf, ids, reason);
  if (stays) return stays;
  await dropPartitions(tx, await partitionsOf(tx, asOf));
  await tx.query("delete from quarantined_rows where as_of = $1", [asOf]);
  await tx.query("insert into snapshot_drops (snapshot_id, actor) select unnest($1::int[]), $2", [
    ids,
    actor,
  ]);
  await dropPushes(tx, ids);
  return { ...wouldDrop(asOf, ids), outcome: "DROPPED" };
}

/** Of every snapshot table there is, those of views no longer declared too. */
async function partitionsOf(tx: Client, asOf: string): Promise<Partition[]> {
  const { rows } = await tx.query<Partition>(
    `select p.relname as parent, c.relname as name
     from pg_class p join pg_inherits i on i.inhparent = p.oid join pg_class c on c.oid = i.inhrelid
     where p.relkind = 'p' and p.relname like '%\\_snapshots' and p.relnamespace = current_schema()::regnamespace
       and c.relname = p.relname || '_' || to_char($1::date, 'YYYYMMDD') order by 1`,
    [asOf],
  );
  return rows;
}

/** What was pushed and bound to them, of views no longer declared too. */
async function dropPushes(tx: Client, ids: readonly number[]): Promise<void> {
  const { rows: tables } = await tx.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_trigger t on t.tgrelid = c.oid and t.tgname = 'guard_push'
     where c.relnamespace = current_schema()::regnamespace order by 1`,
  );
  for (const { name } of tables)
    await tx.query(`delete from ${quote(name)} where snapshot_id = any($1)`, [ids]);
}
