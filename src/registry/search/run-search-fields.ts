import {
  hexOf,
  instantColumn,
  leafField,
  type SearchField,
  type SearchFields,
  type SearchParameter,
  tagColumn,
  textColumn as text,
} from "./compile.js";

const FIELDS: Readonly<Record<string, SearchField>> = {
  name: text("name"),
  kind: text("kind"),
  status: text("status"),
  actor: text("actor"),
  note: text("note"),
  gitCommit: text("git_commit"),
  experimentId: text("experiment_id::text"),
  startedAt: instantColumn("coalesce(started_at, created_at)"),
  finishedAt: instantColumn("finished_at"),
};

const HEX_DIGITS = /^[0-9a-f]{32}$/i;

export const runSearchFields: SearchFields = (leaf, parameter) => {
  if ("metric" in leaf) {
    const from = "select 1 from run_latest_metrics m where m.run_id = runs.id";
    return { type: "number", sql: "m.value", within: `${from} and m.name = ${parameter(leaf.metric)}` };
  }
  if ("param" in leaf) return paramField(leaf.param, parameter);
  if ("tag" in leaf) {
    // Each parameter stands where it is used: PostgreSQL refuses one that no text names.
    const equals = (value: string) =>
      `attributes @> array[asof_tag_attribute(${parameter(leaf.tag)}::text, ${parameter(value)})]`;
    return { ...tagColumn(leaf.tag, parameter), equals };
  }
  if ("dataset" in leaf) return ofDatasets(`d ->> '${leaf.dataset}'`);
  if ("datasetTag" in leaf) return ofDatasets(`d -> 'tags' ->> ${parameter(leaf.datasetTag)}::text`);
  if (leaf.field === "id") return idField("id", parameter);
  if (leaf.field === "parentRunId") return idField("parent_run_id", parameter);
  return leafField(leaf, FIELDS);
};

/** What is no id is the id of none. */
function idField(column: string, parameter: SearchParameter): SearchField {
  const among = (values: readonly string[]) =>
    `${column} = any(${parameter(values.filter((value) => HEX_DIGITS.test(value)))}::uuid[])`;
  return { ...text(hexOf(column)), equals: (value) => among([value]), among };
}

const ofDatasets = (sql: string): SearchField => ({
  type: "text",
  sql,
  within: "select 1 from jsonb_array_elements(inputs) d where true",
});

function paramField(param: string, parameter: SearchParameter): SearchField {
  const name = parameter(param);
  return {
    type: "text",
    sql: `coalesce(params ->> ${name}::text, params #>> string_to_array(${name}::text, '.'))`,
    equals: (value) => `attributes && array[${paramHashes(name, value, parameter).join(", ")}]`,
  };
}

/** A text that was logged, or the value of asof's own parameter that is printed so. */
function paramHashes(name: string, value: string, parameter: SearchParameter): string[] {
  const json = [JSON.stringify(value)];
  if (/^-?\d{1,100}(\.\d{1,100})?([eE][-+]?\d{1,3})?$/.test(value) || /^(true|false|null)$/.test(value))
    json.push(value.replace(/^(-?)0+(?=\d)/, "$1"));
  return json.map((each) => `asof_param_attribute(${name}::text, ${parameter(each)}::jsonb)`);
}
