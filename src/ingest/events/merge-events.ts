import { type Client, quote } from "../../db/pool.js";
import { eventTableName } from "../../db/tables/derived.js";
import { rowOf } from "../../db/wide-rows.js";
import type { Source } from "../../definitions/language/deployment.js";
import { ValidationFailedError } from "../../errors/errors.js";
import { EventsDroppedError } from "../../errors/events-dropped.js";
import { EVENT_HORIZONS } from "../../features/windows/event-horizons.js";
import { orderOfEvents } from "../../features/windows/window-sql.js";
import { stagingTable } from "../staging.js";

/** What merging did to one history. */
export interface MergedEvents {
  rows: number;
  inserted: number;
  /** Events that were corrected or removed. */
  updated: number;
  unchanged: number;
}

interface Delivery {
  runId: string;
  asOf: string;
}

/** A hundred years of months: more are no history, but a column of times that is none. */
const MOST_MONTHS = 1_200;

/**
 * Within a publication: brings a source's staged events into its history. An event that is known with the same values is not
 * written; one that is known with others, or is to be removed, gets another version, and the one before it ends. Where a
 * delivery of a later date brought the event, that one stays.
 */
export async function mergeEvents(
  tx: Client,
  keyName: string,
  source: Source,
  delivery: Delivery,
): Promise<MergedEvents> {
  const { runId, asOf } = delivery;
  const staged = stagingTable(runId, source);
  await requireKept(tx, source, staged, asOf);
  const rows = await countRows(tx, staged);
  const isReplaced = source.delivery === "replaces" && (await isOutdated(tx, source, asOf));
  const id = await insertDelivery(tx, source, delivery);
  if (isReplaced) return { rows, inserted: 0, updated: 0, unchanged: rows };
  if (source.delivery === "replaces") await numberEqualRows(tx, keyName, source, staged);
  else await keepLastOfEach(tx, source, staged);
  const distinct = source.delivery === "replaces" ? rows : await countRows(tx, staged);
  const made = await ensurePartitions(tx, source, staged);
  const merge = new Merge(tx, keyName, source, staged, { id, asOf });
  const ended = await merge.end();
  const written = await merge.insert();
  for (const partition of made) await indexPartition(tx, keyName, source, partition);
  const inserted = source.delivery === "replaces" ? written : written - ended;
  return { rows, inserted, updated: ended, unchanged: Math.max(0, distinct - written) };
}

/**
 * Retention may have dropped months since the delivery was validated.
 * @throws {EventsDroppedError} an event is of one of them
 */
async function requireKept(tx: Client, source: Source, staged: string, asOf: string): Promise<void> {
  const { name } = source;
  const { rows } = await tx.query<{ horizon: string; events: number }>(
    `select h.horizon, count(*)::int as events from ${staged} s join (${EVENT_HORIZONS}) h on h.source = $1
     where s.${quote(source.eventTime!)}::date < h.horizon group by h.horizon`,
    [name],
  );
  const [dropped] = rows;
  if (!dropped) return;
  const count = `${dropped.events} event${dropped.events === 1 ? " is" : "s are"} late`;
  const remedy = "take them out of the delivery and ingest it again; nothing was published";
  throw new EventsDroppedError(
    `${name}: ${count}`,
    { source: name, asOf, eventsFrom: dropped.horizon },
    remedy,
  );
}

async function countRows(tx: Client, table: string): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return rows[0]!.count;
}

/** What a delivery of a later date replaced, this one does not replace again. */
async function isOutdated(tx: Client, { name }: Source, asOf: string): Promise<boolean> {
  const { rows } = await tx.query("select 1 from event_deliveries where source = $1 and as_of > $2 limit 1", [
    name,
    asOf,
  ]);
  return rows.length > 0;
}

async function insertDelivery(tx: Client, { name }: Source, { runId, asOf }: Delivery): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    "insert into event_deliveries (source, run_id, as_of) values ($1, $2, $3) returning id",
    [name, runId, asOf],
  );
  return rows[0]!.id;
}

/** Of rows that are equal in everything the first, the second and so on are told apart by their number. */
async function numberEqualRows(tx: Client, keyName: string, source: Source, staged: string): Promise<void> {
  const columns = [keyName, ...Object.keys(source.columns)].map(quote);
  const whole = `md5(record_send(${rowOf("s", columns)}))::uuid`;
  await tx.query(`alter table ${staged} add column if not exists asof_row uuid`);
  await tx.query(`alter table ${staged} add column if not exists asof_occurrence integer`);
  await tx.query(
    `update ${staged} t set asof_row = n.whole, asof_occurrence = n.occurrence from (
       select line, ${whole} as whole, row_number() over (partition by ${whole} order by line) as occurrence from ${staged} s
     ) n where n.line = t.line`,
  );
}

/** A file may hold an event and, further down, its correction: the last one counts. */
async function keepLastOfEach(tx: Client, { eventKey }: Source, staged: string): Promise<void> {
  const keys = eventKey!.map(quote);
  const repeated = `select ${keys.join(", ")}, max(line) as last from ${staged} group by ${keys.join(", ")} having count(*) > 1`;
  await tx.query(
    `with repeated as materialized (${repeated})
     delete from ${staged} s using repeated r where ${equal("s", "r", keys)} and s.line < r.last`,
  );
}

/** @returns those that are new, without indices yet */
async function ensurePartitions(tx: Client, source: Source, staged: string): Promise<string[]> {
  const time = quote(source.eventTime!);
  const { rows } = await tx.query<{ month: string }>(
    `select distinct date_trunc('month', ${time})::date as month from ${staged} order by 1`,
  );
  if (rows.length > MOST_MONTHS)
    throw new ValidationFailedError(
      `${source.name}: its events are of ${rows.length} months, from ${rows[0]!.month} to ${rows.at(-1)!.month}; at most ${MOST_MONTHS} are kept; is ${source.eventTime} the time of the event? Give it bounds: min and max. Nothing was published.`,
      { failedExpectations: 1 },
    );
  const made: string[] = [];
  for (const { month } of rows) {
    const { rows: found } = await tx.query<{ partition: string | null }>(
      "select asof_new_event_partition($1, $2) as partition",
      [eventTableName(source), month],
    );
    if (found[0]!.partition) made.push(found[0]!.partition);
  }
  return made;
}

/**
 * After its rows: a sort is sooner done than as many look-ups. By one index events are known again; by the other, in whose order
 * they lie, windows read each entity's in their order without a sort.
 */
async function indexPartition(tx: Client, keyName: string, source: Source, partition: string): Promise<void> {
  const indices = { key: eventKeyOf(source), order: [quote(keyName), ...orderOfEvents(source)] };
  for (const [name, columns] of Object.entries(indices))
    await tx.query(
      `create index ${quote(`${partition}_${name}`)} on ${quote(partition)} (${columns.join(", ")})
       where asof_ended_by is null`,
    );
  await tx.query(`analyze ${quote(partition)}`);
}

const eventKeyOf = ({ eventKey }: Source): string[] =>
  (eventKey ?? ["asof_row", "asof_occurrence"]).map(quote);

const equal = (a: string, b: string, columns: readonly string[]): string =>
  columns.map((column) => `${a}.${column} = ${b}.${column}`).join(" and ");

/** The two statements of a merge, over one staging table. */
class Merge {
  readonly #table: string;
  readonly #columns: string[];
  readonly #keys: string[];
  readonly #date: string;
  readonly #order: string;

  constructor(
    private readonly tx: Client,
    keyName: string,
    private readonly source: Source,
    private readonly staged: string,
    private readonly delivery: { id: number; asOf: string },
  ) {
    this.#table = quote(eventTableName(source));
    this.#columns = [keyName, ...Object.keys(source.columns)].map(quote);
    this.#keys = eventKeyOf(source);
    this.#date = `s.${quote(source.eventTime!)}::date`;
    this.#order = [quote(keyName), ...orderOfEvents(source)].map((part) => `s.${part}`).join(", ");
  }

  /** Ends what is to have another version, or none. Events that move to another date are missed on the former one. */
  async end(): Promise<number> {
    const { id, asOf } = this.delivery;
    const same = equal("s", "h", this.#keys);
    const known = "h.asof_ended_by is null and h.as_of <= $2";
    const ended =
      this.source.delivery === "replaces"
        ? `update ${this.#table} h set asof_ended_by = $1
           where ${known} and not exists (select 1 from ${this.staged} s where ${same})
           returning h.asof_event_date as former, null::date as later`
        : `update ${this.#table} h set asof_ended_by = $1 from ${this.staged} s
           where ${known} and ${same} and ${rowOf("h", this.#columns)} is distinct from ${rowOf("s", this.#columns)}
           returning h.asof_event_date as former, ${this.#date} as later`;
    const { rows } = await this.tx.query<{ count: number }>(
      `with ended as (${ended}), missed as (
         insert into event_arrivals (delivery_id, event_date, events)
         select $1, former, count(*) from ended where later is distinct from former group by former
       ) select count(*)::int as count from ended`,
      [id, asOf],
    );
    return rows[0]!.count;
  }

  /** What has no version that holds: it is new, or was ended a moment ago. */
  async insert(): Promise<number> {
    const { id, asOf } = this.delivery;
    const own = this.source.delivery === "replaces" ? ["asof_row", "asof_occurrence"] : [];
    const columns = [...this.#columns, ...own];
    const { rows } = await this.tx.query<{ count: number }>(
      `with written as (
         insert into ${this.#table} (${columns.join(", ")}, as_of, asof_event_date, asof_delivery)
         select ${columns.map((column) => `s.${column}`).join(", ")}, $2::date, ${this.#date}, $1::integer
         from ${this.staged} s where not exists (
           select 1 from ${this.#table} h where h.asof_ended_by is null and ${equal("h", "s", this.#keys)})
         order by ${this.#order}
         returning asof_event_date
       ), arrived as (
         insert into event_arrivals as a (delivery_id, event_date, events)
         select $1, asof_event_date, count(*) from written group by asof_event_date
         on conflict (delivery_id, event_date) do update set events = a.events + excluded.events
       ) select count(*)::int as count from written`,
      [id, asOf],
    );
    return rows[0]!.count;
  }
}
