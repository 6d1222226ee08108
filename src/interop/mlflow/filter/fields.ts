import {
  COMPARISONS,
  MEMBERSHIPS,
  PATTERNS,
  PRESENCES,
  type SearchOperator,
} from "../../../registry/search/condition.js";

export interface FilterField {
  /** As the compiler knows it. */
  readonly key: string;
  readonly value: "number" | "text";
  readonly operators: readonly SearchOperator[];
}

export interface FilterEntity {
  /** As the compiler knows it. */
  readonly entity: string;
  /** What it may be called in a filter. */
  readonly names: readonly string[];
  /** Null where there is no such key. */
  field(key: string): FilterField | null;
  /** Its keys, where they are not the client's to choose. */
  readonly keys?: readonly string[];
}

/** What one kind of resource can be searched by; the first entity is meant where none is named. */
export type FilterTable = readonly [FilterEntity, ...FilterEntity[]];

const TEXT: readonly SearchOperator[] = ["=", "!=", ...PATTERNS];

export const textField = (key: string, more: readonly SearchOperator[] = []): FilterField => ({
  key,
  value: "text",
  operators: [...TEXT, ...more],
});
export const numberField = (key: string): FilterField => ({ key, value: "number", operators: COMPARISONS });
export const MEMBERS = MEMBERSHIPS;

/** Keys that the client chose. */
export const anyKey = (
  entity: string,
  names: readonly string[],
  field: (key: string) => FilterField,
): FilterEntity => ({ entity, names, field });

/** Keys that are there whatever was logged, each under its own name and others. */
export function fixedKeys(
  entity: string,
  names: readonly string[],
  fields: Readonly<Record<string, FilterField>>,
): FilterEntity {
  const keys = [...new Set(Object.values(fields).map(({ key }) => key))];
  return { entity, names, keys, field: (key) => (Object.hasOwn(fields, key) ? fields[key]! : null) };
}

export const tagEntity = anyKey("tags", ["tag", "tags"], (key) => textField(key, PRESENCES));
const paramEntity = anyKey("params", ["param", "params", "parameter", "parameters"], (key) =>
  textField(key, PRESENCES),
);
const metricEntity = anyKey("metrics", ["metric", "metrics"], numberField);
const ATTRIBUTE_NAMES = ["attribute", "attributes", "attr", "run"];

const runName = textField("run_name");
const startTime = numberField("start_time");
export const RUN_FILTER: FilterTable = [
  fixedKeys("attributes", ATTRIBUTE_NAMES, {
    run_id: textField("run_id", MEMBERS),
    ...{ run_name: runName, "run name": runName, "Run name": runName, "Run Name": runName },
    status: textField("status"),
    ...{ user_id: textField("user_id"), User: textField("user_id") },
    artifact_uri: textField("artifact_uri"),
    ...{ start_time: startTime, created: startTime, Created: startTime },
    end_time: numberField("end_time"),
  }),
  metricEntity,
  paramEntity,
  tagEntity,
  fixedKeys("datasets", ["dataset", "datasets"], {
    name: textField("name", MEMBERS),
    digest: textField("digest", MEMBERS),
    context: textField("context", MEMBERS),
  }),
];

export const EXPERIMENT_FILTER: FilterTable = [
  fixedKeys("attributes", ["attribute", "attributes", "attr"], {
    name: textField("name"),
    creation_time: numberField("creation_time"),
    last_update_time: numberField("last_update_time"),
  }),
  tagEntity,
];

const timestamps = {
  creation_timestamp: numberField("creation_timestamp"),
  last_updated_timestamp: numberField("last_updated_timestamp"),
};
const MODEL_NAMES = ["attribute", "attributes", "attr"];

export const LOGGED_MODEL_FILTER: FilterTable = [
  fixedKeys("attributes", MODEL_NAMES, {
    name: textField("name", MEMBERS),
    model_id: textField("model_id", MEMBERS),
    model_type: textField("model_type"),
    status: textField("status"),
    source_run_id: textField("source_run_id", MEMBERS),
    ...{ ...timestamps, creation_time: numberField("creation_timestamp") },
  }),
  metricEntity,
  paramEntity,
  tagEntity,
];

export const REGISTERED_MODEL_FILTER: FilterTable = [
  fixedKeys("attributes", MODEL_NAMES, { name: textField("name", MEMBERS), ...timestamps }),
  tagEntity,
];

export const MODEL_VERSION_FILTER: FilterTable = [
  fixedKeys("attributes", MODEL_NAMES, {
    name: textField("name", MEMBERS),
    run_id: textField("run_id", MEMBERS),
    ...{ source_path: textField("source"), source: textField("source") },
    ...{ version_number: numberField("version_number"), version: numberField("version_number") },
    ...timestamps,
  }),
  tagEntity,
];
