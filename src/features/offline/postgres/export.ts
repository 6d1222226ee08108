import QueryStream from "pg-query-stream";
import { keyValues } from "../../../db/key-sql.js";
import { literal, type Pool, quote, withClient } from "../../../db/pool.js";
import { partRows } from "../../../db/snapshots/snapshot-parts.js";
import type { ColumnType } from "../../../definitions/language/column.js";
import { entityOfService } from "../../../definitions/language/entities.js";
import { keyColumnsOf } from "../../../definitions/language/key.js";
import { readPlan } from "../../derived-columns.js";
import { writeRowsAsCsv } from "../../export-csv-rows.js";
import { type ExportMonth, type ExportRow, exportColumns, pinExportColumns } from "../../export-rows.js";
import { requirePart, storedColumn } from "../../pinned-columns.js";
import { sourcePath } from "../../source-paths.js";
import type { ExportQuery } from "../offline-engine.js";
import { csvExpression, writeCsv } from "./export-csv.js";
import { featureJoins } from "./feature-joins.js";

const BATCH = 2_000;

export function exportCsv(
  pool: Pool,
  query: ExportQuery,
  write: (bytes: Uint8Array) => Promise<void>,
  onRows: (count: number) => void,
): Promise<void> {
  // COPY writes what the database has; what is computed is written beside it.
  if (isComputed(query))
    return writeRowsAsCsv(
      exportColumns(query.deployment, query.service, query.features),
      exportRows(pool, query),
      write,
      onRows,
    );
  const months = query.months.map((month) => exportMonthSql(query, month, csvExpression));
  return withClient(pool, (client) => writeCsv(client, months, write, onRows));
}

export async function* exportRows(
  pool: Pool,
  query: ExportQuery,
): AsyncGenerator<ExportRow, void, undefined> {
  // The date and the key.
  const before = 1 + keyColumnsOf(entityOfService(query.deployment, query.service)).length;
  const client = await pool.connect();
  let isDone = false;
  try {
    for (const month of query.months) {
      const sql = exportMonthSql(query, month);
      const stream = client.query(new QueryStream(sql, [], { batchSize: BATCH, rowMode: "array" }));
      const { complete } = planOf(query, month);
      if (!complete) {
        yield* stream as AsyncIterable<ExportRow>;
        continue;
      }
      // The label, and what rows weigh.
      const after = query.service.weight ? -2 : -1;
      for await (const row of stream as AsyncIterable<ExportRow>)
        yield [...row.slice(0, before), ...complete(row.slice(before, after)), ...row.slice(after)];
    }
    isDone = true;
  } finally {
    // A connection that may be in the middle of an answer is of no use to anyone.
    client.release(!isDone);
  }
}

const planOf = ({ service, features, parts }: ExportQuery, month: ExportMonth) =>
  readPlan(pinExportColumns(service, features, month, parts).features);

const isComputed = (query: ExportQuery): boolean =>
  query.months.some((month) => planOf(query, month).complete !== null);

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
  const entity = entityOfService(deployment, service);
  const key = quote(entity.key);
  const pinned = pinExportColumns(service, features, month, parts);
  const { columns: read, complete } = readPlan(pinned.features);
  const [featureParts, labelParts] = [parts.get(month.snapshotId)!, parts.get(month.labelSnapshotId)!];
  const { weight } = pinned;
  const isBeside = weight?.source === pinned.label.source;
  const joins = featureJoins(
    featureParts,
    read,
    entity.key,
    (source) => sourcePath(deployment, service, source),
    weight && !isBeside ? [weight] : [],
  );
  const label = `l.${storedColumn(labelParts, pinned.label)}`;
  const selected = read.map(joins.valueOf);
  const weighed = weight ? [isBeside ? `l.${storedColumn(labelParts, weight)}` : joins.valueOf(weight)] : [];
  const learnt = [...selected, label, ...weighed];
  const expressions = [`${literal(month.asOf)}::date`, ...keyValues(entity, `l.${key}`), ...learnt];
  const columns = exportColumns(deployment, service, features);
  // Of what is computed from them the columns have no names yet, but places.
  const named = (expression: string, i: number): string =>
    complete ? expression : `${shown(expression, columns[i]!.type)} as ${quote(columns[i]!.name)}`;
  return `
    select ${expressions.map(named).join(", ")}
    from ${partRows(requirePart(labelParts, pinned.label.source))} l ${joins.sql}
    where ${label} is not null
    order by l.${key}`;
}
