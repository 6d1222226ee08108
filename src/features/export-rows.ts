import { literal, quote } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import { type ColumnType, type ColumnValue, date, string } from "../definitions/language/column.js";
import { type Deployment, type FeatureService, featuresOf } from "../definitions/language/deployment.js";

/** One date of an export: its features and its labels, each from one pinned snapshot. */
export interface ExportMonth {
  asOf: string;
  snapshotId: number;
  labelAsOf: string;
  labelSnapshotId: number;
}

/** What an export's rows hold, in this order: as_of, the key, the features, the label. */
export interface ExportColumn {
  name: string;
  type: ColumnType;
  /** Never empty. */
  required: boolean;
}

export type ExportRow = ColumnValue[];

/** The columns for these features of the service, in the order they are named. */
export function exportColumns(
  deployment: Deployment,
  service: FeatureService,
  features: readonly string[],
): ExportColumn[] {
  const known = new Map(featuresOf(service.views).map(({ name, column }) => [name, column]));
  return [
    { name: "as_of", ...date({ required: true }) },
    { name: deployment.entity.key, ...string({ required: true }) },
    ...features.map((name) => ({ name, ...known.get(name)!, required: false })),
    { name: service.label.column, ...service.label.source.columns[service.label.column]!, required: true },
  ].map(({ name, type, required }) => ({ name, type, required }));
}

/**
 * SQL of one date's rows in key order, `exportColumns` wide, with nothing to bind, as COPY needs it: who has a label
 * and a row in every view asked, the users that `train` takes.
 * @param shown how a column is selected; itself unless given
 */
export function exportMonthSql(
  deployment: Deployment,
  service: FeatureService,
  features: readonly string[],
  month: ExportMonth,
  shown: (expression: string, type: ColumnType) => string = (expression) => expression,
): string {
  const key = quote(deployment.entity.key);
  const label = quote(service.label.column);
  const views = service.views.filter((view) => view.features.some((feature) => features.includes(feature)));
  const placeOf = (feature: string) => views.findIndex((view) => view.features.includes(feature));
  const source = (feature: string) => `v${placeOf(feature)}.${quote(feature)}`;
  const expressions = [`${literal(month.asOf)}::date`, `l.${key}`, ...features.map(source), `l.${label}`];
  const columns = exportColumns(deployment, service, features);
  const joins = views.map(
    (view, i) =>
      `join ${quote(snapshotTableName(view))} v${i} on v${i}.${key} = l.${key}
         and v${i}.snapshot_id = ${month.snapshotId} and v${i}.as_of = ${literal(month.asOf)}`,
  );
  return `
    select ${expressions.map((expression, i) => `${shown(expression, columns[i]!.type)} as ${quote(columns[i]!.name)}`).join(", ")}
    from ${quote(snapshotTableName(service.label.source))} l ${joins.join(" ")}
    where l.snapshot_id = ${month.labelSnapshotId} and l.as_of = ${literal(month.labelAsOf)} and l.${label} is not null
    order by l.${key}`;
}
