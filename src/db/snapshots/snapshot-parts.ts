import type { ColumnType } from "../../definitions/language/column.js";
import type { Source } from "../../definitions/language/deployment.js";
import { literal, type Queryable, quote } from "../pool.js";
import { snapshotTableName } from "../tables/derived.js";

/** A column as it was declared when the part was made. */
export interface PartColumn {
  name: string;
  type: ColumnType;
  /** The table's column that has its values now: a rename or a change of type moved it, nothing else does. */
  stored: string;
}

/** What a snapshot says of one of its parts: today's definitions are not asked. */
export interface SnapshotPart {
  snapshotId: number;
  /** The snapshot's date. */
  asOf: string;
  /** A source's name, or `<view>:pushes`. */
  name: string;
  /** The snapshot whose rows these are: this one, or that whose part it carries on. */
  ownerId: number;
  /** The date the rows hold from. */
  eventDate: string;
  columns: PartColumn[];
  /** As there are now: those that were erased are not counted. */
  rowCount: number;
  /** Of all rows that were published, the erased ones included. */
  contentSha256: string;
  /** Rows of it that were erased; absent of a part that is being made. */
  erasedRows?: number;
}

/** Where a part's rows are. */
export type PartRows = Pick<SnapshotPart, "name" | "ownerId" | "eventDate">;

/** A part to be written, with the hashes of its buckets. */
export type MadePart = Omit<SnapshotPart, "snapshotId" | "asOf"> & { buckets: Buffer };

export type PartsByName = ReadonlyMap<string, SnapshotPart>;

/** SQL: how many rows of a part of `snapshot_parts`, aliased as named, were erased. */
export const erasedRowsOf = (alias: string): string =>
  `(select count(*)::int from erased_rows e where e.owner_id = ${alias}.owner_id and e.part = ${alias}.name)`;

const PART = `
  snapshot_id as "snapshotId", (select s.as_of from snapshots s where s.id = snapshot_id) as "asOf", name, owner_id as "ownerId", event_date as "eventDate", columns,
  row_count - ${erasedRowsOf("snapshot_parts")} as "rowCount", content_sha256 as "contentSha256",
  ${erasedRowsOf("snapshot_parts")} as "erasedRows"`;

/** The parts of each of these snapshots. */
export async function findParts(
  db: Queryable,
  snapshotIds: readonly number[],
): Promise<Map<number, PartsByName>> {
  const { rows } = await db.query<SnapshotPart>(
    `select ${PART} from snapshot_parts where snapshot_id = any($1) order by name`,
    [snapshotIds],
  );
  const found = new Map<number, Map<string, SnapshotPart>>(snapshotIds.map((id) => [id, new Map()]));
  for (const part of rows) found.get(part.snapshotId)!.set(part.name, part);
  return found;
}

/** Whether it was delivered for the snapshot's own date, not carried on from an earlier one. */
export const isOfOwnDate = ({ asOf, eventDate }: Pick<SnapshotPart, "asOf" | "eventDate">): boolean =>
  asOf === eventDate;

/** Right after the snapshot itself: what it is made of. */
export async function insertParts(
  db: Queryable,
  snapshotId: number,
  parts: readonly MadePart[],
): Promise<void> {
  for (const part of parts) {
    await db.query(
      `insert into snapshot_parts
         (snapshot_id, name, owner_id, event_date, columns, row_count, content_sha256, buckets)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        ...[snapshotId, part.name, part.ownerId, part.eventDate, JSON.stringify(part.columns)],
        ...[part.rowCount, part.contentSha256, part.buckets],
      ],
    );
  }
}

export const declaredColumns = (source: Source): PartColumn[] =>
  Object.entries(source.columns).map(([name, { type }]) => ({ name, type, stored: name }));

/** SQL condition on the source's snapshot table, aliased: rows of the part. Literals prune the partitions when planned. */
export const isOfPart = (alias: string, { ownerId, eventDate }: PartRows): string =>
  `${alias}.snapshot_id = ${Number(ownerId)} and ${alias}.as_of = ${literal(eventDate)}`;

/** SQL of a relation: the part's rows. */
export const partRows = (part: PartRows): string =>
  `(select * from ${quote(snapshotTableName(part.name))} v where ${isOfPart("v", part)})`;

/** What of today's columns the part was made without; they are empty in its rows, which says nothing. */
export function undeclaredIn(part: Pick<SnapshotPart, "columns">, columns: readonly string[]): string[] {
  const stored = new Set(part.columns.map((column) => column.stored));
  return columns.filter((column) => !stored.has(column));
}
