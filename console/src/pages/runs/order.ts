import type { MetricOrder, RunOrder } from "../../graphql/graphql.js";

export const ORDERS: Record<RunOrder, string> = {
  CREATED_DESC: "Newest first",
  CREATED_ASC: "Oldest first",
  DURATION_DESC: "Longest first",
};

export interface ListOrder {
  orderBy: RunOrder;
  orderByMetric: MetricOrder | null;
}

/** The order in the address: `order=DURATION_DESC`, or `by=auc` with `direction=ASC` for the smallest first. */
export function orderOf(params: URLSearchParams): ListOrder {
  const order = params.get("order") ?? "";
  const by = params.get("by");
  return {
    orderBy: isOrder(order) ? order : "CREATED_DESC",
    orderByMetric: by ? { name: by, direction: params.get("direction") === "ASC" ? "ASC" : "DESC" } : null,
  };
}

/** The address with another order, at the beginning of the list. */
export function withOrder(params: URLSearchParams, { orderBy, orderByMetric }: ListOrder): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const name of ["order", "by", "direction", "after"]) next.delete(name);
  if (orderByMetric) {
    next.set("by", orderByMetric.name);
    if (orderByMetric.direction === "ASC") next.set("direction", "ASC");
  } else if (orderBy !== "CREATED_DESC") next.set("order", orderBy);
  return next;
}

/** A click on a metric's heading: the greatest first, again: the smallest first, once more: by creation. */
export function nextOrder({ orderByMetric }: ListOrder, name: string): ListOrder {
  if (orderByMetric?.name !== name)
    return { orderBy: "CREATED_DESC", orderByMetric: { name, direction: "DESC" } };
  return {
    orderBy: "CREATED_DESC",
    orderByMetric: orderByMetric.direction === "DESC" ? { name, direction: "ASC" } : null,
  };
}

const isOrder = (text: string): text is RunOrder => text in ORDERS;
