import type { Queryable } from "../../db/pool.js";
import { selectList } from "../../db/typed.js";
import { EXPERIMENT, type Experiment } from "../experiment.js";
import {
  compileCondition,
  compileOrder,
  instantColumn,
  leafField,
  type SearchFields,
  tagColumn,
  textColumn,
  viewCondition,
} from "./compile.js";
import type { SearchPage, SearchRequest } from "./condition.js";
import { offsetOf, offsetToken } from "./search-page.js";

const LIST = selectList(EXPERIMENT);

const FIELDS = {
  name: textColumn("name"),
  createdAt: instantColumn("created_at"),
  updatedAt: instantColumn("updated_at"),
};
const experimentFields: SearchFields = (leaf, parameter) =>
  "tag" in leaf ? tagColumn(leaf.tag, parameter) : leafField(leaf, FIELDS);

/** The newest first unless an order is asked for. */
export async function searchExperiments(
  db: Queryable,
  { conditions, order, view, first, after }: SearchRequest,
): Promise<SearchPage<Experiment>> {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const offset = offsetOf(after);
  const where = [
    ...viewCondition(view),
    ...conditions.map((condition) => compileCondition(condition, experimentFields, parameter)),
  ];
  const by = [...compileOrder(order, experimentFields, parameter), "created_at desc", "id desc"];
  const { rows } = await db.query<Experiment>(
    `select ${LIST} from experiments where ${where.join(" and ") || "true"} order by ${by.join(", ")} limit ${first + 1} offset ${offset}`,
    values,
  );
  return { found: rows.slice(0, first), next: rows.length > first ? offsetToken(offset + first) : null };
}
