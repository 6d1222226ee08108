import { isUtcText } from "../values/instant.js";
import type { MetricFilter, MetricOrder, RunFilter, RunOrder } from "./run.js";
import { flatten } from "./run-comparison.js";

/** The parts of the statements that list and count runs. */
export interface RunQuery {
  from: string;
  /** Conditions the order's index does not answer; empty where every run fits. */
  where: readonly string[];
  /** Conditions on the order's key itself: they only say where its index is entered and left. */
  range: readonly string[];
  values: unknown[];
  /** An expression some index is on, and what breaks its ties in that index. */
  key: string;
  tie: string;
  keyType: string;
  direction: "asc" | "desc";
  /** Distinguishes this list's cursors from those of other lists. */
  label: string;
  /** Whether a cursor's key and id can be compared with this list's. */
  fits(at: readonly (string | number)[]): boolean;
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function runQuery(filter: RunFilter, order: RunOrder | MetricOrder): RunQuery {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const where = [
    ...attributeConditions(filter, parameter),
    ...metricConditions(filter, parameter),
    ...experimentConditions(filter, parameter),
  ];
  const created = createdConditions(filter, parameter);
  const listed = `deleted_at is ${filter.deleted ? "not null" : "null"}`;
  if (typeof order === "string") {
    const byCreation = order !== "DURATION_DESC";
    return {
      from: "runs",
      where: byCreation ? where : [...where, ...created],
      range: [listed, ...(byCreation ? created : [])],
      values,
      tie: "id",
      ...ORDERS[order],
      label: order,
    };
  }
  return {
    from: "(select run_id, name as series, value as ordered from run_latest_metrics) o join runs on id = run_id",
    where: [...where, ...created, ...(filter.deleted ? [listed] : [])],
    range: [`series = ${parameter(order.name)}`, ...(filter.deleted ? [] : [listed])],
    values,
    key: "ordered",
    tie: "run_id",
    keyType: "float8",
    direction: order.direction === "ASC" ? "asc" : "desc",
    label: `${order.direction} ${order.name}`,
    fits: isNumber,
  };
}

const isCreated = ([at, id]: readonly (string | number)[]): boolean =>
  isUtcText(String(at)) && UUID.test(String(id));
const isNumber = ([value, id]: readonly (string | number)[]): boolean =>
  (/^(NaN|-?Infinity)$/.test(String(value)) || (Number.isFinite(Number(value)) && value !== "")) &&
  UUID.test(String(id));

type Order = Pick<RunQuery, "key" | "keyType" | "direction" | "fits">;
const CREATED: Omit<Order, "direction"> = { key: "created_at", keyType: "timestamptz", fits: isCreated };
const ORDERS: Record<RunOrder, Order> = {
  CREATED_DESC: { ...CREATED, direction: "desc" },
  CREATED_ASC: { ...CREATED, direction: "asc" },
  DURATION_DESC: {
    // The index `runs_duration` is on this very expression.
    key: "coalesce(extract(epoch from finished_at - started_at)::float8, -1)",
    keyType: "float8",
    direction: "desc",
    fits: isNumber,
  },
};

type Parameter = (value: unknown) => string;

/** Everything that is compared for equality, in conditions on one index. */
function attributeConditions(filter: RunFilter, parameter: Parameter): string[] {
  const attribute = (kind: string, value: string) => `asof_attribute('${kind}', ${parameter(value)})`;
  const param = (name: string, value: unknown) =>
    `asof_param_attribute(${parameter(name)}, ${parameter(JSON.stringify(value))}::jsonb)`;
  const wanted = [
    ...(["kind", "status", "actor"] as const).flatMap((each) => {
      const value = filter[each];
      return value ? [attribute(each, value)] : [];
    }),
    ...(["asOf", "model"] as const).flatMap((each) => (filter[each] ? [param(each, filter[each])] : [])),
    ...(filter.params ?? []).flatMap(({ name, value }) =>
      value === undefined
        ? [attribute("has param", name)]
        : // An object is known by its leaves.
          [...flatten({ [name]: value })].map(([leaf, of]) => param(leaf, of)),
    ),
    ...(filter.tags ?? []).map(({ name, value }) =>
      value === undefined || value === null
        ? attribute("has tag", name)
        : `asof_tag_attribute(${parameter(name)}, ${parameter(value)})`,
    ),
  ];
  const anyOf = (kind: string, values: readonly string[]) =>
    `attributes && array[${[...new Set(values)].map((value) => attribute(kind, value)).join(", ")}]::bigint[]`;
  return [
    ...(wanted.length > 0 ? [`attributes @> array[${wanted.join(", ")}]`] : []),
    ...(filter.kinds ? [anyOf("kind", filter.kinds)] : []),
    ...(filter.statuses ? [anyOf("status", filter.statuses)] : []),
  ];
}

function experimentConditions({ experiment }: RunFilter, parameter: Parameter): string[] {
  return experiment === null || experiment === undefined
    ? []
    : [`experiment_id = ${parameter(experiment)}::bigint`];
}

function createdConditions({ createdFrom, createdBefore }: RunFilter, parameter: Parameter): string[] {
  return [
    ...(createdFrom ? [`created_at >= ${parameter(createdFrom)}::timestamptz`] : []),
    ...(createdBefore ? [`created_at < ${parameter(createdBefore)}::timestamptz`] : []),
  ];
}

function metricConditions({ metric, metrics }: RunFilter, parameter: Parameter): string[] {
  const isGiven = (limit: number | null | undefined) => limit !== null && limit !== undefined;
  return [...(metric ? [metric] : []), ...(metrics ?? [])].map(({ name, min, max }: MetricFilter) => {
    const bounds = [
      ...(isGiven(min) ? [`and m.value >= ${parameter(min)}::float8`] : []),
      ...(isGiven(max) ? [`and m.value <= ${parameter(max)}::float8`] : []),
      // PostgreSQL holds NaN for greater than every number.
      ...(isGiven(min) || isGiven(max) ? ["and m.value <> 'NaN'"] : []),
    ].join(" ");
    return `exists (select 1 from run_latest_metrics m where m.run_id = id and m.name = ${parameter(name)} ${bounds})`;
  });
}
