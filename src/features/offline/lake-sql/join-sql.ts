import type { ReadView } from "../../parent-keys.js";
import { type SqlDialect, wire, wireType } from "./dialect.js";
import type { JoinPlan, PlannedRead, PlannedRows } from "./join-plan.js";

/** A relation by name: what follows reads it. */
export interface NamedSql {
  name: string;
  sql: string;
  /** It is read more than once. */
  isReused: boolean;
}

export interface JoinSql {
  steps: NamedSql[];
  /** The rows in the order of `ordinal`, as `JoinedReader` takes them. */
  result: string;
}

/** The relation of the rows that are asked: (ordinal bigint, k text, as_of date, epoch int). */
export const ASKED = "asked_0";

/**
 * The point-in-time join over the lake's files as one statement after the other.
 * @param pathOf of a file of the lake, as the engine opens it
 */
export function joinSql(dialect: SqlDialect, plan: JoinPlan, pathOf: (path: string) => string): JoinSql {
  const steps: NamedSql[] = [];
  const add = (name: string, sql: string, isReused = false): string => {
    steps.push({ name, sql, isReused });
    return name;
  };
  const found = plan.reads.map((read, i) => {
    const asked = `asked_${read.level}`;
    const columns = columnsOf(read.view);
    const extracts = add(`rows_${i}`, extractsSql(dialect, read, pathOf));
    const extracted = add(`extracted_${i}`, dialect.asOfJoin(asked, extracts, ["owner_id", ...columns]));
    const name = `found_${i}`;
    if (read.pushes.groups.length === 0) add(name, `select * from ${extracted}`, true);
    else {
      const pushes = add(`pushes_${i}`, pushesSql(dialect, read, pathOf));
      const pushed = add(`pushed_${i}`, dialect.asOfJoin(asked, pushes, columns));
      add(name, newerSql(extracted, pushed, columns), true);
    }
    // Who belongs to whom is asked of the next level.
    if (read.place === null)
      add(
        `asked_${read.level + 1}`,
        `select a.ordinal, ${dialect.text("f.c0")} as k, a.as_of, a.epoch from ${asked} a join ${name} f on f.ordinal = a.ordinal where f.c0 is not null`,
        true,
      );
    return name;
  });
  const selected = plan.reads.flatMap(({ view }, i) => [
    `f${i}.owner_id`,
    dialect.text(`f${i}.as_of`),
    ...columnsOf(view).map((column) => `f${i}.${column}`),
  ]);
  const named = ["a.k", dialect.text("a.as_of"), "a.epoch", ...selected].map(
    (column, i) => `${column} as r${i}`,
  );
  const joins = found.map((name, i) => `left join ${name} f${i} on f${i}.ordinal = a.ordinal`);
  return {
    steps,
    result: `select a.ordinal, ${named.join(", ")} from ${ASKED} a ${joins.join(" ")} order by a.ordinal`,
  };
}

const columnsOf = ({ features }: ReadView): string[] => features.map((_, i) => `c${i}`);

/** (epoch, k, as_of, owner_id, c0, …) */
function extractsSql(dialect: SqlDialect, read: PlannedRead, pathOf: (path: string) => string): string {
  const columns = columnsOf(read.view).map((column) => `, r.${column}`);
  return `select o.epoch, r.k, r.as_of, r.owner_id${columns.join("")}
    from (${filesSql(dialect, read, read.extracts, [], pathOf)}) r join (${ownersSql(dialect, read.extracts)}) o on o.owner_id = r.owner_id`;
}

/** (epoch, k, as_of, c0, …): of one date the last push. */
function pushesSql(dialect: SqlDialect, read: PlannedRead, pathOf: (path: string) => string): string {
  const columns = columnsOf(read.view);
  return `select ${["epoch", "k", "as_of", ...columns].join(", ")} from (
      select o.epoch, r.*, row_number() over (partition by o.epoch, r.k, r.as_of order by r.push_id desc) as place
      from (${filesSql(dialect, read, read.pushes, ["push_id"], pathOf)}) r join (${ownersSql(dialect, read.pushes)}) o on o.owner_id = r.owner_id
    ) placed where place = 1`;
}

/** The later of both; of one date the extract's. */
function newerSql(extracted: string, pushed: string, columns: readonly string[]): string {
  const isPushed = "p.ordinal is not null and (e.ordinal is null or p.as_of > e.as_of)";
  const newer = (column: string) =>
    `case when ${isPushed} then p.${column} else e.${column} end as ${column}`;
  return `select coalesce(e.ordinal, p.ordinal) as ordinal,
      case when ${isPushed} then null else e.owner_id end as owner_id, ${["as_of", ...columns].map(newer).join(", ")}
    from ${extracted} e full outer join ${pushed} p on p.ordinal = e.ordinal`;
}

/** (k, owner_id, as_of, beside, c0, …): a column that a part was made without is empty. */
function filesSql(
  dialect: SqlDialect,
  read: PlannedRead,
  { groups }: PlannedRows,
  beside: readonly string[],
  pathOf: (path: string) => string,
): string {
  const { quote } = dialect;
  const { view, key } = read;
  if (groups.length === 0) return emptySql(dialect, read, beside);
  return groups
    .map(({ columns, files }) => {
      const values = view.features.map((feature, i) => {
        const column = columns.find(({ stored }) => stored === feature);
        const value = column
          ? wire(dialect, column.type, quote(column.name))
          : nothing(dialect, read, feature);
        return `${value} as c${i}`;
      });
      const selected = [`${quote(key)} as k`, "snapshot_id as owner_id", "as_of", ...beside, ...values];
      return `select ${selected.join(", ")} from ${dialect.files(files.map(({ path }) => pathOf(path)))}`;
    })
    .join(" union all ");
}

/** An empty value of the type that other parts have the feature in. */
function nothing(dialect: SqlDialect, { extracts, pushes }: PlannedRead, feature: string): string {
  const columns = [...extracts.groups, ...pushes.groups].flatMap((group) => group.columns);
  const type = columns.find(({ stored }) => stored === feature)?.type ?? "string";
  return `cast(null as ${wireType(dialect, type)})`;
}

/** The same without any row. */
function emptySql(dialect: SqlDialect, read: PlannedRead, beside: readonly string[]): string {
  const none = (name: string, type: Parameters<SqlDialect["sqlType"]>[0]) =>
    `cast(null as ${dialect.sqlType(type)}) as ${name}`;
  const columns = [
    ...[none("k", "string"), none("owner_id", "int"), none("as_of", "date")],
    ...beside.map((name) => none(name, "bigint")),
    ...read.view.features.map((feature, i) => `${nothing(dialect, read, feature)} as c${i}`),
  ];
  return `select * from (select ${columns.join(", ")}) nothing where 1 = 0`;
}

/** (epoch, owner_id) */
function ownersSql(dialect: SqlDialect, { owners }: PlannedRows): string {
  if (owners.length === 0)
    return `select * from (select cast(null as ${dialect.sqlType("int")}) as epoch, cast(null as ${dialect.sqlType("int")}) as owner_id) nothing where 1 = 0`;
  const rows = owners.map(({ epoch, ownerId }) => `(${epoch}, ${ownerId})`);
  return `select * from (values ${rows.join(", ")}) held(epoch, owner_id)`;
}
