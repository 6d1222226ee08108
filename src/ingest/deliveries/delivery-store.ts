import { decodeCursor, type PageRequest, type Slice, toSlice } from "../../db/page.js";
import { type Pool, withTransaction } from "../../db/pool.js";
import { deliveryScan } from "../../db/tables/deliveries.js";
import { find } from "../../db/typed.js";
import type { FoundDelivery } from "../sources/source-scheme.js";

/** What lies where deliveries come from, as a worker saw it. */
export interface Delivery extends FoundDelivery {
  bytes: number;
  scannedAt: Date;
}

/** The last look of any worker. */
export interface DeliveryScan {
  /** When the last one began that could read everything; null before that. */
  scannedAt: Date | null;
  /** What kept the last one from it. */
  problem: string | null;
}

/** What one worker saw. */
export interface Seen {
  /** By the database's clock. */
  beganAt: Date;
  /** Of each scheme that could be asked, everything it has. */
  byScheme: ReadonlyMap<string, readonly FoundDelivery[]>;
  problem: string | null;
}

/** Workers listen on it: each notification has them look. */
export const SCAN_CHANNEL = "asof_delivery_scan";

/** The newest first; before them in time what has none. */
const KEY = "coalesce(extract(epoch from modified_at)::float8, -1)";

const UPSERT = `
  insert into deliveries (name, scheme, files, bytes, modified_at)
  select name, $2, files, bytes, "modifiedAt"
  from jsonb_to_recordset($1) as seen(name text, files jsonb, bytes bigint, "modifiedAt" timestamptz)
  on conflict (name) do update
    set scheme = excluded.scheme, files = excluded.files, bytes = excluded.bytes, modified_at = excluded.modified_at
    where (deliveries.scheme, deliveries.files, deliveries.modified_at)
      is distinct from (excluded.scheme, excluded.files, excluded.modified_at)`;

/** Of several workers that look at once, the one that began last has its say. */
const CLAIM = `
  insert into delivery_scan as last (began_at, scanned_at, problem) values ($1, $2, $3)
  on conflict (only_row) do update
    set began_at = excluded.began_at, scanned_at = coalesce(excluded.scanned_at, last.scanned_at), problem = excluded.problem
    where last.began_at < excluded.began_at
  returning 1`;

export class DeliveryStore {
  constructor(private readonly pool: Pool) {}

  /** The newest first. */
  async list(page: PageRequest): Promise<Slice<Delivery>> {
    const [at, name] = page.after ? decodeCursor(page.after, 2, isDeliveryKey) : [null, null];
    const { rows } = await this.pool.query<Delivery & { key: number }>(
      `select name, files, bytes::float8 as bytes, modified_at as "modifiedAt", ${KEY} as key,
         (select coalesce(scanned_at, began_at) from delivery_scan) as "scannedAt"
       from deliveries where $1::float8 is null or (${KEY}, name) < ($1, $2::text)
       order by ${KEY} desc, name desc limit $3`,
      [at, name, page.first + 1],
    );
    return toSlice(
      rows,
      page,
      ({ key: _, ...delivery }) => delivery,
      (row) => [row.key, row.name],
    );
  }

  async count(): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>(
      "select count(*)::int as count from deliveries",
    );
    return rows[0]!.count;
  }

  /** Null where no worker has looked yet. */
  async lastScan(): Promise<DeliveryScan | null> {
    const fields = { scannedAt: deliveryScan.scanned_at, problem: deliveryScan.problem };
    const [scan] = await find<DeliveryScan>(this.pool, fields, (select) => select.from(deliveryScan));
    return scan ?? null;
  }

  /**
   * Has the workers look now.
   * @returns when they were asked: `scannedAt` is later once one has
   */
  async requestScan(): Promise<Date> {
    const { rows } = await this.pool.query<{ at: Date }>(
      `select clock_timestamp() as at, pg_notify('${SCAN_CHANNEL}', '')`,
    );
    return rows[0]!.at;
  }

  async now(): Promise<Date> {
    const { rows } = await this.pool.query<{ at: Date }>("select clock_timestamp() as at");
    return rows[0]!.at;
  }

  /** Keeps what was seen, unless a worker that began later has been faster. What a scheme no longer has is no longer listed. */
  async save({ beganAt, byScheme, problem }: Seen): Promise<void> {
    await withTransaction(this.pool, async (tx) => {
      const claim = await tx.query(CLAIM, [beganAt, problem === null ? beganAt : null, problem]);
      if (claim.rowCount === 0) return;
      for (const [scheme, found] of byScheme) {
        const seen = found.map((delivery) => ({ ...delivery, bytes: totalBytes(delivery) }));
        await tx.query(UPSERT, [JSON.stringify(seen), scheme]);
        const names = found.map(({ name }) => name);
        await tx.query("delete from deliveries where scheme = $1 and name <> all($2)", [scheme, names]);
      }
    });
  }
}

const totalBytes = ({ files }: FoundDelivery): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

const isDeliveryKey = ([at, name]: readonly (string | number)[]): boolean =>
  typeof at === "number" && typeof name === "string";
