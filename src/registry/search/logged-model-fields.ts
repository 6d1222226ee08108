import {
  hexOf,
  instantColumn,
  leafField,
  type SearchField,
  type SearchFields,
  tagColumn,
  textColumn as text,
} from "./compile.js";

const FIELDS: Readonly<Record<string, SearchField>> = {
  name: text("name"),
  id: text(hexOf("id")),
  modelType: text("model_type"),
  status: text("status"),
  sourceRunId: text(hexOf("source_run_id")),
  createdAt: instantColumn("created_at"),
  updatedAt: instantColumn("updated_at"),
};

export const loggedModelFields: SearchFields = (leaf, parameter) => {
  if ("tag" in leaf) return tagColumn(leaf.tag, parameter);
  if ("param" in leaf) return text(`params ->> ${parameter(leaf.param)}::text`);
  if (!("metric" in leaf)) return leafField(leaf, FIELDS);
  return {
    type: "number",
    sql: "m.value",
    within: `select 1 from logged_model_metrics m where m.model_id = logged_models.id and m.name = ${parameter(leaf.metric)}
      and not exists (select 1 from logged_model_metrics l where l.model_id = m.model_id and l.name = m.name
        and (l.step, l.at, l.value) > (m.step, m.at, m.value))`,
  };
};
