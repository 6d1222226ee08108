import { to as copyTo } from "pg-copy-streams";
import { type BinaryType, binaryRows } from "../../../db/binary-copy.js";
import { type Pool, type Queryable, quote } from "../../../db/pool.js";
import { type PartsByName, partRows } from "../../../db/snapshots/snapshot-parts.js";
import type { ColumnType } from "../../../definitions/language/column.js";
import { type PinnedColumn, requirePart, storedColumn } from "../../pinned-columns.js";
import type { TrainingQuery, TrainingRow } from "../offline-engine.js";

/** In key order, by a binary COPY. */
export async function* readTraining(
  pool: Pool,
  query: TrainingQuery,
): AsyncGenerator<TrainingRow[], void, undefined> {
  const types: BinaryType[] = ["text", "bool", ...query.features.map(({ type }) => readAs(type))];
  const client = await pool.connect();
  let isDone = false;
  try {
    const stream = client.query(copyTo(`copy (${trainingSql(query)}) to stdout with (format binary)`));
    for await (const batch of binaryRows(stream, types)) {
      yield batch.map((row) => ({
        key: row[0] as string,
        label: row[1] as boolean | number,
        values: row.slice(2),
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
function trainingSql({ key: keyName, featureParts, labelParts, features, label }: TrainingQuery): string {
  const key = quote(keyName);
  const sources = [...new Set(features.map(({ source }) => source))];
  const selected = features.map((feature) => {
    const stored = storedColumn(featureParts, feature);
    return `v${sources.indexOf(feature.source)}.${stored}::${readAs(feature.type)}`;
  });
  const joins = sources.map(
    (source, i) => `join ${partRows(requirePart(featureParts, source))} v${i} on v${i}.${key} = l.${key}`,
  );
  return `select ${[`l.${key}::text`, "l.label", ...selected].join(", ")}
    from ${labelRelation(keyName, labelParts, label)} ${joins.join(" ")} order by l.${key}`;
}

/** What a feature is read as: whole numbers are exact in a float8. */
function readAs(type: ColumnType): BinaryType {
  if (type === "bool") return "bool";
  return type === "int" || type === "float" ? "float8" : "text";
}

/** The key and, as `label`, the labels there are; aliased l. */
function labelRelation(keyName: string, parts: PartsByName, label: PinnedColumn): string {
  const stored = storedColumn(parts, label);
  return `(select r.${quote(keyName)}, r.${stored} as label from ${partRows(requirePart(parts, label.source))} r
    where r.${stored} is not null) l`;
}
