import { to as copyTo } from "pg-copy-streams";
import { type BinaryType, binaryRows } from "../../../db/binary-copy.js";
import { type Pool, type Queryable, quote } from "../../../db/pool.js";
import { type PartsByName, partRows } from "../../../db/snapshots/snapshot-parts.js";
import type { ColumnType } from "../../../definitions/language/column.js";
import { factsOf } from "../../../definitions/language/column-types/registry.js";
import { type PinnedColumn, requirePart, storedColumn } from "../../pinned-columns.js";
import type { TrainingQuery, TrainingRow } from "../offline-engine.js";
import { featureJoins } from "./feature-joins.js";

/** In key order, by a binary COPY. */
export async function* readTraining(
  pool: Pool,
  query: TrainingQuery,
): AsyncGenerator<TrainingRow[], void, undefined> {
  const types: BinaryType[] = [
    "text",
    readAs(query.label.type),
    ...query.features.map(({ type }) => readAs(type)),
    ...(query.weight ? (["float8"] as const) : []),
  ];
  const width = 2 + query.features.length;
  const client = await pool.connect();
  let isDone = false;
  try {
    const stream = client.query(copyTo(`copy (${trainingSql(query)}) to stdout with (format binary)`));
    for await (const batch of binaryRows(stream, types)) {
      yield batch.map((row) => ({
        key: row[0] as string,
        label: row[1] as boolean | number | string,
        values: row.slice(2, width),
        weight: query.weight ? ((row[width] as number | null) ?? Number.NaN) : 1,
      }));
    }
    isDone = true;
  } finally {
    // Left early, the connection is in the middle of the copy.
    client.release(!isDone);
  }
}

export async function countLabelled(
  db: Queryable,
  { key, labelParts, label }: Pick<TrainingQuery, "key" | "labelParts" | "label">,
): Promise<number> {
  const { rows } = await db.query<{ labelled: number }>(
    `select count(*)::int as labelled from ${labelRelation(key, labelParts, label)}`,
  );
  return rows[0]!.labelled;
}

/** SQL of the rows in key order: key, label, features. COPY takes no parameters, so ids are written into it. */
function trainingSql({
  key: keyName,
  pathOf,
  featureParts,
  labelParts,
  features,
  label,
  weight,
}: TrainingQuery): string {
  const key = quote(keyName);
  const isBeside = weight?.source === label.source;
  const joins = featureJoins(featureParts, features, keyName, pathOf, weight && !isBeside ? [weight] : []);
  const weighed = weight ? [`${isBeside ? "l.weight" : joins.valueOf(weight)}::float8`] : [];
  const selected = features.map((feature) => `${joins.valueOf(feature)}::${readAs(feature.type)}`);
  return `select ${[`l.${key}::text`, `l.label::${readAs(label.type)}`, ...selected, ...weighed].join(", ")}
    from ${labelRelation(keyName, labelParts, label, isBeside ? weight : null)} ${joins.sql} order by l.${key}`;
}

/** What a feature or label is read as: whole numbers and decimals are the nearest double. */
function readAs(type: ColumnType): BinaryType {
  if (type === "bool") return "bool";
  return factsOf(type).feature === "numeric" ? "float8" : "text";
}

/** The key and, as `label`, the labels there are, as `weight` what they weigh; aliased l. */
function labelRelation(
  keyName: string,
  parts: PartsByName,
  label: PinnedColumn,
  weight: PinnedColumn | null = null,
): string {
  const stored = storedColumn(parts, label);
  const weighed = weight ? `, r.${storedColumn(parts, weight)} as weight` : "";
  return `(select r.${quote(keyName)}, r.${stored} as label${weighed} from ${partRows(requirePart(parts, label.source))} r
    where r.${stored} is not null) l`;
}
