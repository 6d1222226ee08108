import type { Queryable } from "../../../db/pool.js";
import { isEffective, wasEffective, wasRecorded } from "../../effective-snapshots.js";
import type { DatedRow } from "../offline-engine.js";

/**
 * What was known changes at few instants: when a snapshot was recorded, when one was withdrawn. Between two of them every
 * known-at asks the same, so that rows are told apart by a number, the epoch: how many such instants had come.
 */
export class KnownEpochs {
  private constructor(private readonly instants: readonly number[]) {}

  static async read(db: Queryable): Promise<KnownEpochs> {
    // createdAt is shown in milliseconds, and so is known-at; a withdrawal is known from the next whole one on.
    const { rows } = await db.query<{ at: string }>(
      `select (extract(epoch from date_trunc('milliseconds', created_at)) * 1000)::int8 as at from snapshots
       union select ceil(extract(epoch from at) * 1000)::int8 from snapshot_withdrawals order by 1`,
    );
    return new KnownEpochs(rows.map(({ at }) => Number(at)));
  }

  /** By now all has come. */
  of({ knownAt }: Pick<DatedRow, "knownAt">): number {
    if (!knownAt) return this.instants.length;
    const at = knownAt.getTime();
    let [low, high] = [0, this.instants.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.instants[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A known-at of the epoch, as PostgreSQL reads it. */
  instantOf(epoch: number): string {
    return epoch === 0 ? "-infinity" : new Date(this.instants[epoch - 1]!).toISOString();
  }
}

/** A part that holds in an epoch, of its snapshot's own date. */
export interface EffectivePart {
  epoch: number;
  name: string;
  ownerId: number;
  eventDate: string;
}

/** What is effective in each of these epochs: by the SQL that every point-in-time read uses. */
export async function effectiveParts(
  db: Queryable,
  epochs: KnownEpochs,
  asked: readonly number[],
  names: readonly string[],
): Promise<{ parts: EffectivePart[]; firstDates: Map<number, string> }> {
  const { rows } = await db.query<{
    epoch: number;
    asOf: string;
    name: string | null;
    ownerId: number;
    eventDate: string;
  }>(
    `select c.epoch, s.as_of as "asOf", p.name, p.owner_id as "ownerId", p.event_date as "eventDate"
     from unnest($1::int[], $2::timestamptz[]) c(epoch, known_at)
     cross join lateral (
       select distinct on (as_of) as_of, id from snapshots
       where ${wasEffective("snapshots", "c.known_at")} order by as_of, revision desc
     ) s
     left join snapshot_parts p on p.snapshot_id = s.id and p.event_date = s.as_of and p.name = any($3)`,
    [asked, asked.map((epoch) => epochs.instantOf(epoch)), names],
  );
  const firstDates = new Map<number, string>();
  for (const { epoch, asOf } of rows) {
    const first = firstDates.get(epoch);
    if (first === undefined || asOf < first) firstDates.set(epoch, asOf);
  }
  const parts = rows.flatMap(({ epoch, name, ownerId, eventDate }) =>
    name === null ? [] : [{ epoch, name, ownerId, eventDate }],
  );
  return { parts, firstDates };
}

/** What was pushed and bound to a snapshot that was known. Of one that was withdrawn it waits for another. */
export async function knownPushes(
  db: Queryable,
  epochs: KnownEpochs,
  asked: readonly number[],
  names: readonly string[],
): Promise<EffectivePart[]> {
  const { rows } = await db.query<EffectivePart>(
    `select c.epoch, p.name, p.owner_id as "ownerId", p.event_date as "eventDate"
     from unnest($1::int[], $2::timestamptz[]) c(epoch, known_at)
     join snapshots s on ${wasRecorded("s", "c.known_at")} and ${isEffective("s")}
     join snapshot_parts p on p.snapshot_id = s.id and p.owner_id = s.id and p.name = any($3)`,
    [asked, asked.map((epoch) => epochs.instantOf(epoch)), names],
  );
  return rows;
}
