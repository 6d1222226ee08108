import QueryStream from "pg-query-stream";
import { literal, type Pool, quote, withClient } from "../../../db/pool.js";
import { partRows } from "../../../db/snapshots/snapshot-parts.js";
import type { ColumnType } from "../../../definitions/language/column.js";
import { type ExportMonth, type ExportRow, exportColumns, pinExportColumns } from "../../export-rows.js";
import { requirePart, storedColumn } from "../../pinned-columns.js";
import type { ExportQuery } from "../offline-engine.js";
import { csvExpression, writeCsv } from "./export-csv.js";

const BATCH = 2_000;

export function exportCsv(
  pool: Pool,
  query: ExportQuery,
  write: (bytes: Uint8Array) => Promise<void>,
  onRows: (count: number) => void,
): Promise<void> {
  const months = query.months.map((month) => exportMonthSql(query, month, csvExpression));
  return withClient(pool, (client) => writeCsv(client, months, write, onRows));
}

export async function* exportRows(
  pool: Pool,
  query: ExportQuery,
): AsyncGenerator<ExportRow, void, undefined> {
  const client = await pool.connect();
  let isDone = false;
  try {
    for (const month of query.months) {
      const sql = exportMonthSql(query, month);
      const stream = client.query(new QueryStream(sql, [], { batchSize: BATCH, rowMode: "array" }));
      yield* stream as AsyncIterable<ExportRow>;
    }
    isDone = true;
  } finally {
    // A connection that may be in the middle of an answer is of no use to anyone.
    client.release(!isDone);
  }
}

/**
 * SQL of one date's rows in key order, `exportColumns` wide, with nothing to bind, as COPY needs it: who has a label
 * and a row in every part asked, the users that `train` takes.
 * @param parts of the month's snapshots
 * @param shown how a column is selected; itself unless given
 */
function exportMonthSql(
  { deployment, service, features, parts }: ExportQuery,
  month: ExportMonth,
  shown: (expression: string, type: ColumnType) => string = (expression) => expression,
): string {
  const key = quote(deployment.entity.key);
  const pinned = pinExportColumns(service, features, month, parts);
  const [featureParts, labelParts] = [parts.get(month.snapshotId)!, parts.get(month.labelSnapshotId)!];
  const sources = [...new Set(pinned.features.map(({ source }) => source))];
  const label = `l.${storedColumn(labelParts, pinned.label)}`;
  const selected = pinned.features.map(
    (feature) => `v${sources.indexOf(feature.source)}.${storedColumn(featureParts, feature)}`,
  );
  const expressions = [`${literal(month.asOf)}::date`, `l.${key}`, ...selected, label];
  const columns = exportColumns(deployment, service, features);
  const joins = sources.map(
    (source, i) => `join ${partRows(requirePart(featureParts, source))} v${i} on v${i}.${key} = l.${key}`,
  );
  return `
    select ${expressions.map((expression, i) => `${shown(expression, columns[i]!.type)} as ${quote(columns[i]!.name)}`).join(", ")}
    from ${partRows(requirePart(labelParts, pinned.label.source))} l ${joins.join(" ")}
    where ${label} is not null
    order by l.${key}`;
}
