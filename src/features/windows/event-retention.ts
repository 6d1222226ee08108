import { type Pool, type Queryable, quote } from "../../db/pool.js";
import { eventTableName } from "../../db/tables/derived.js";
import { eventRetentionProblem } from "../../definitions/language/checks/check-retention.js";
import type { Deployment, Source } from "../../definitions/language/deployment.js";
import { reachesOfSources } from "../../definitions/language/windows/reaches.js";
import { eventSources } from "../../definitions/language/windows/sources-of.js";
import { BadUserInputError } from "../../errors/errors.js";
import { isEffective } from "../effective-snapshots.js";
import { NEWEST_SNAPSHOTS } from "../newest-rows.js";
import { dropPartitions, KEPT_IN_USE, type Partition, unlessInUse } from "../partition-drops.js";
import type { RetentionOutcome } from "../snapshot-retention.js";
import { EVENT_HORIZONS } from "./event-horizons.js";
import { lateEvents, type StaleDate } from "./late-events.js";

export interface EventRetentionRequest {
  /** Null: every source that declares a retention. */
  source?: string | null;
  /** Null: what the source declares. */
  keepDays?: number | null;
  dryRun: boolean;
  actor: string;
}

export interface EventRetentionReport {
  dryRun: boolean;
  /** Of all months that went, or would. */
  events: number;
  bytes: number;
  sources: EventSourceRetention[];
}

export interface EventSourceRetention {
  source: string;
  keepDays: number;
  /** Months before it go; null where there is no snapshot. */
  limit: string | null;
  /** The first day whose events are there, by what was dropped until now; null: all are. */
  eventsFrom: string | null;
  /** Those before the limit that there were, oldest first. */
  months: EventMonth[];
  /** Dates, oldest first, whose windows would see what goes: their snapshots stay, and get no revision any more. */
  frozen: StaleDate[];
}

export interface EventMonth {
  /** Its first day. */
  month: string;
  outcome: RetentionOutcome;
  reason: string;
  /** Versions of events. */
  events: number;
  /** With indexes. */
  bytes: number;
}

/**
 * Drops the months of events that no window of the newest so many days sees, oldest first, one transaction each, and records that they
 * are gone: what needs them is refused from then on.
 * @throws {BadUserInputError} the source has no events, no number of days is named or declared, or it is less than a window sees
 */
export async function applyEventRetention(
  pool: Pool,
  deployment: Deployment,
  request: EventRetentionRequest,
): Promise<EventRetentionReport> {
  const sources: EventSourceRetention[] = [];
  for (const kept of chosen(deployment, request))
    sources.push(await applyTo(pool, deployment, kept, request));
  const gone = sources.flatMap(({ months }) => months.filter(({ outcome }) => outcome !== "KEPT"));
  const sum = (of: "events" | "bytes") => gone.reduce((total, month) => total + month[of], 0);
  return { dryRun: request.dryRun, events: sum("events"), bytes: sum("bytes"), sources };
}

interface Kept {
  source: Source;
  keepDays: number;
}

/** What is asked for, or else what sources declare. */
function chosen(deployment: Deployment, { source: name, keepDays }: EventRetentionRequest): Kept[] {
  const there = eventSources(deployment);
  const refuse = (message: string, argument: string) => new BadUserInputError(message, { argument });
  if (name == null) {
    if (keepDays != null) throw refuse("keepDays: name the source whose events they are of", "source");
    const declared = there.flatMap((source) =>
      source.retention ? [{ source, keepDays: source.retention.keepDays }] : [],
    );
    if (declared.length > 0) return declared;
    throw refuse(
      "source and keepDays are needed: no source declares a retention of its events, so all are kept",
      "source",
    );
  }
  const source = there.find((each) => each.name === name);
  if (!source) {
    const names = there.map((each) => each.name).join(", ");
    throw refuse(
      `source ${JSON.stringify(name)} has no events; sources of events: ${names || "none"}`,
      "source",
    );
  }
  const days = keepDays ?? source.retention?.keepDays;
  if (days === undefined)
    throw refuse(
      `keepDays is needed: source ${name} declares no retention, so its events are kept`,
      "keepDays",
    );
  const problem = eventRetentionProblem(deployment, source, days);
  if (problem) throw refuse(`source ${name}: ${problem}`, "keepDays");
  return [{ source, keepDays: days }];
}

async function applyTo(
  pool: Pool,
  deployment: Deployment,
  { source, keepDays }: Kept,
  { dryRun, actor }: EventRetentionRequest,
): Promise<EventSourceRetention> {
  const { name } = source;
  const days = reachesOfSources(deployment).find((reach) => reach.source === name)?.days ?? null;
  const { limit, before } = await bounds(pool, name, keepDays);
  const there = limit === null ? [] : await monthsBefore(pool, source, limit);
  const months: EventMonth[] = [];
  let after = before;
  for (const month of there) {
    const stays = months.at(-1)?.outcome === "KEPT" ? "an older month stays" : null;
    const found =
      stays !== null || dryRun
        ? await judged(pool, month, days, stays)
        : await dropMonth(pool, month, { days, name, keepDays, actor });
    if (found) months.push(found);
    if (found?.outcome !== "KEPT") after = month.until;
  }
  const frozen = days === null ? [] : await frozenBetween(pool, deployment, days, before, after);
  return { source: name, keepDays, limit, eventsFrom: dryRun ? before : after, months, frozen };
}

/** Days are counted back from the newest snapshot that holds, and months go whole. */
async function bounds(
  db: Queryable,
  source: string,
  keepDays: number,
): Promise<{ limit: string | null; before: string | null }> {
  const { rows } = await db.query<{ limit: string | null; before: string | null }>(
    `select (select date_trunc('month', max(as_of) - ($2::int - 1))::date from snapshots s where ${isEffective("s")}) as limit,
       (select horizon from (${EVENT_HORIZONS}) h where source = $1) as before`,
    [source, keepDays],
  );
  return rows[0]!;
}

/** A month's partition. */
interface Month extends Partition {
  month: string;
  /** The next one's first day. */
  until: string;
}

async function monthsBefore(db: Queryable, source: Source, limit: string): Promise<Month[]> {
  const { rows } = await db.query<Month>(
    `select * from (
       select p.relname as parent, c.relname as name, bounds[1]::date as month, bounds[2]::date as until
       from pg_class p join pg_inherits i on i.inhparent = p.oid join pg_class c on c.oid = i.inhrelid
       cross join lateral regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\(''(.+)''\\) TO \\(''(.+)''\\)') as bounds
       where p.relname = $1 and p.relnamespace = current_schema()::regnamespace
     ) months where until <= $2 order by month`,
    [eventTableName(source), limit],
  );
  return rows;
}

/**
 * @param days that windows see; null: there are none
 * @param stays why it stays whatever it is
 * @returns null where it is gone: another retention dropped it meanwhile
 */
async function judged(
  db: Queryable,
  { month, until, name }: Month,
  days: number | null,
  stays: string | null = null,
): Promise<EventMonth | null> {
  const size = await sizeOf(db, name);
  if (!size) return null;
  const reason = stays ?? (await whoNeeds(db, days, until));
  return reason === null
    ? { month, outcome: "WOULD_DROP", reason: "before the limit", ...size }
    : { month, outcome: "KEPT", reason, ...size };
}

const UNDEFINED_TABLE = "42P01";

async function sizeOf(db: Queryable, name: string): Promise<Pick<EventMonth, "events" | "bytes"> | null> {
  try {
    const { rows } = await db.query<{ events: number; bytes: number }>(
      `select (select count(*)::float8 from ${quote(name)}) as events, pg_total_relation_size($1::regclass)::float8 as bytes`,
      [quote(name)],
    );
    return rows[0]!;
  } catch (error) {
    if ((error as { code?: string }).code === UNDEFINED_TABLE) return null;
    throw error;
  }
}

/** The run under way whose windows see events before that day, or that may move the limit back, in words. */
async function whoNeeds(db: Queryable, days: number | null, until: string): Promise<string | null> {
  const { rows } = await db.query<{ id: string; kind: string; asOf: string }>(
    `select id, kind, as_of as "asOf" from (
       select id, kind, coalesce(params->>'from', params->>'asOf')::date as as_of from runs
       where status in ('QUEUED', 'RUNNING') and kind in ('INGEST', 'RESNAPSHOT', 'BACKFILL', 'WITHDRAW')
     ) under_way where kind = 'WITHDRAW' or as_of - $1::int + 1 < $2::date order by as_of limit 1`,
    [days, until],
  );
  if (!rows[0]) return null;
  const { id, kind, asOf } = rows[0];
  return `run ${id}, under way, ${kind === "WITHDRAW" ? "withdraws the snapshot" : "computes windows"} of ${asOf}`;
}

interface Drop {
  days: number | null;
  name: string;
  keepDays: number;
  actor: string;
}

/** By the limit that holds once nothing is published or withdrawn any more. @returns null where it is gone already */
async function dropMonth(
  pool: Pool,
  month: Month,
  { days, name, keepDays, actor }: Drop,
): Promise<EventMonth | null> {
  const dropped = await unlessInUse(pool, async (tx) => {
    const { limit } = await bounds(tx, name, keepDays);
    const isBefore = limit !== null && month.until <= limit;
    const found = await judged(tx, month, days, isBefore ? null : limitMoved(limit));
    if (found?.outcome !== "WOULD_DROP") return found;
    await dropPartitions(tx, [month]);
    await tx.query("insert into event_drops (source, month, events, actor) values ($1, $2, $3, $4)", [
      ...[name, month.month, found.events, actor],
    ]);
    return { ...found, outcome: "DROPPED" as const };
  });
  return dropped ?? judged(pool, month, days, KEPT_IN_USE);
}

const limitMoved = (limit: string | null): string =>
  `not before the limit any more: snapshots went meanwhile, and ${limit ? `it is ${limit}` : "there is none"}`;

/** Dates that could be computed where events from the first day on were there, and cannot from the second on. */
async function frozenBetween(
  db: Queryable,
  deployment: Deployment,
  days: number,
  before: string | null,
  after: string | null,
): Promise<StaleDate[]> {
  const { rows } = await db.query<{ id: number; asOf: string }>(
    `select id, as_of as "asOf" from (${NEWEST_SNAPSHOTS}) newest
     where as_of < $2::date + $1::int - 1 and ($3::date is null or as_of >= $3::date + $1::int - 1) order by as_of`,
    [days, after, before],
  );
  const ids = rows.map(({ id }) => id);
  const late = await lateEvents(db, deployment, ids);
  return rows.map(({ id, asOf }) => ({ asOf, lateEvents: late.get(id)! }));
}
