import QueryStream from "pg-query-stream";
import { type Client, quote } from "../../../db/pool.js";
import { pushedView, pushesOf } from "../../../db/snapshots/pushes-hash.js";
import { partRows, type SnapshotPart } from "../../../db/snapshots/snapshot-parts.js";
import type { ExportColumn, ExportRow } from "../../export-rows.js";

const BATCH = 2_000;

/** What every file of a part has beside its columns: whose rows they are, and the date they hold from. */
const OF_ALL: readonly ExportColumn[] = [
  { name: "snapshot_id", type: "int", required: true },
  { name: "as_of", type: "date", required: true },
];
/** The later of two pushes of one date holds. */
const OF_PUSHES: readonly ExportColumn[] = [...OF_ALL, { name: "push_id", type: "bigint", required: true }];

const beside = (part: string): readonly ExportColumn[] => (pushedView(part) === null ? OF_ALL : OF_PUSHES);

/** The columns of a part's files: the key, what all have, and the part's columns by the snapshot's own names. */
export const fileColumns = (key: string, { name, columns }: SnapshotPart): ExportColumn[] => [
  { name: key, type: "string", required: true },
  ...beside(name),
  ...columns.map((column) => ({ name: column.name, type: column.type, required: false })),
];

/** Where they are: `play/2024-01-31/7`, `play_30d-pushes/2024-01-31/7`. */
export const partFolder = ({ name, ownerId, eventDate }: SnapshotPart): string =>
  `${name.replace(":", "-")}/${eventDate}/${ownerId}`;

/** The part's rows, in the order of their keys. */
export async function* readPartRows(
  client: Client,
  key: string,
  part: SnapshotPart,
): AsyncGenerator<ExportRow, void, undefined> {
  const view = pushedView(part.name);
  const stored = part.columns.map((column) => column.stored);
  const selected = [key, ...beside(part.name).map((column) => column.name), ...stored].map(quote);
  const relation = view === null ? partRows(part) : pushesOf(key, view, part.ownerId);
  const order = [`${quote(key)} collate "C"`, ...(view === null ? [] : ["as_of", "push_id"])];
  const sql = `select ${selected.map((column) => `r.${column}`).join(", ")} from ${relation} r
    order by ${order.map((column) => `r.${column}`).join(", ")}`;
  const stream = client.query(new QueryStream(sql, [], { batchSize: BATCH, rowMode: "array" }));
  yield* stream as AsyncIterable<ExportRow>;
}
