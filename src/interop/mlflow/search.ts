import { z } from "zod";
import type { SearchRequest } from "../../registry/search/condition.js";
import { parseFilter } from "./filter/parse-filter.js";
import { parseOrder } from "./filter/parse-order.js";
import type { MlflowSearch } from "./filter/terms.js";
import { invalid } from "./mlflow-error.js";
import { int64, optional } from "./shapes.js";

/** What clients may ask for, and what a page of an answer has: they go on by its token. */
const MAX_RESULTS = 50_000;
const PAGE = 1_000;

/** A list; in a query of one entry it is that entry alone. */
export const listOf = <Shape extends z.ZodType>(entry: Shape, most: number) =>
  z.preprocess(
    (given) => (given === undefined || given === null ? [] : Array.isArray(given) ? given : [given]),
    z.array(entry).max(most),
  );

const fields = {
  filter: optional(z.string()),
  max_results: optional(int64),
  order_by: listOf(z.string(), 20),
  page_token: optional(z.string().max(500)),
};

/** What the search of resources that are never put aside takes. */
export const plainSearchShape = z.object(fields);
export const searchShape = z.object({
  ...fields,
  view_type: optional(z.enum(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"])),
});

/** @throws {MlflowError} a filter or an order that is none, by its place */
export function searchRequest(
  { filter, max_results, order_by, page_token }: z.output<typeof plainSearchShape>,
  { filter: table, termOf }: MlflowSearch,
  view: SearchRequest["view"] = "ACTIVE_ONLY",
): SearchRequest {
  const asked = max_results || PAGE;
  if (asked < 1 || asked > MAX_RESULTS)
    throw invalid(`max_results: 1 to ${MAX_RESULTS} was expected; got ${asked}`);
  return {
    conditions: parseFilter(filter ?? "", table).map(({ operator, value, ...key }) => ({
      ...{ term: termOf(key), operator, value },
    })),
    order: parseOrder(order_by, table).map(({ descending, ...key }) => ({ term: termOf(key), descending })),
    view,
    first: Math.min(asked, PAGE),
    after: page_token || null,
  };
}
