import type { SearchTerm } from "../../../registry/search/condition.js";
import { RUN_STATUSES } from "../run.codec.js";
import { GIT_COMMIT_TAG, NOTE_TAG, PARENT_TAG, RUN_NAME_TAG, USER_TAG } from "../run-tags.js";
import {
  EXPERIMENT_FILTER,
  type FilterTable,
  LOGGED_MODEL_FILTER,
  MODEL_VERSION_FILTER,
  REGISTERED_MODEL_FILTER,
  RUN_FILTER,
} from "./fields.js";

/** What MLflow's clients compare, by MLflow's words. */
export interface FilterKey {
  readonly entity: string;
  readonly key: string;
}

/** One kind of resource as MLflow's clients search it, and what their words mean here. */
export interface MlflowSearch {
  readonly filter: FilterTable;
  termOf(key: FilterKey): SearchTerm;
}

const field = (name: string): SearchTerm => ({ field: name });

const nameOfRun: readonly SearchTerm[] = [field("name"), field("kind")];
const user: SearchTerm = { firstOf: [{ tag: USER_TAG }, field("actor")] };

const RUN_ATTRIBUTES: Readonly<Record<string, SearchTerm>> = {
  run_id: field("id"),
  run_name: { firstOf: nameOfRun },
  status: { named: field("status"), as: RUN_STATUSES },
  user_id: user,
  artifact_uri: {
    joined: [
      { text: "mlflow-artifacts:/" },
      field("experimentId"),
      { text: "/" },
      field("id"),
      { text: "/artifacts" },
    ],
  },
  start_time: field("startedAt"),
  end_time: field("finishedAt"),
};

/** Tags that are fields of a run, as `tagsOfRun` shows them. */
const RUN_TAGS: Readonly<Record<string, SearchTerm>> = {
  [RUN_NAME_TAG]: { firstOf: [{ tag: RUN_NAME_TAG }, ...nameOfRun] },
  [NOTE_TAG]: { firstOf: [{ tag: NOTE_TAG }, field("note")] },
  [GIT_COMMIT_TAG]: { firstOf: [{ tag: GIT_COMMIT_TAG }, field("gitCommit")] },
  [USER_TAG]: user,
  [PARENT_TAG]: { firstOf: [{ tag: PARENT_TAG }, field("parentRunId")] },
};

const DATASETS: Readonly<Record<string, SearchTerm>> = {
  name: { dataset: "name" },
  digest: { dataset: "digest" },
  context: { datasetTag: "mlflow.data.context" },
};

export const RUN_SEARCH: MlflowSearch = {
  filter: RUN_FILTER,
  termOf: ({ entity, key }) => {
    if (entity === "datasets") return DATASETS[key]!;
    if (entity === "tags" && Object.hasOwn(RUN_TAGS, key)) return RUN_TAGS[key]!;
    return termOf({ entity, key }, RUN_ATTRIBUTES);
  },
};

export const EXPERIMENT_SEARCH = searchOf(EXPERIMENT_FILTER, {
  name: field("name"),
  creation_time: field("createdAt"),
  last_update_time: field("updatedAt"),
});

export const LOGGED_MODEL_SEARCH = searchOf(LOGGED_MODEL_FILTER, {
  name: field("name"),
  model_id: { joined: [{ text: "m-" }, field("id")] },
  model_type: field("modelType"),
  status: field("status"),
  source_run_id: field("sourceRunId"),
  creation_timestamp: field("createdAt"),
  last_updated_timestamp: field("updatedAt"),
});

// Models and versions are shown as changed when they were made.
const timestamps = { creation_timestamp: field("createdAt"), last_updated_timestamp: field("createdAt") };

export const REGISTERED_MODEL_SEARCH = searchOf(REGISTERED_MODEL_FILTER, {
  name: field("name"),
  ...timestamps,
});

export const MODEL_VERSION_SEARCH = searchOf(MODEL_VERSION_FILTER, {
  name: field("model"),
  run_id: field("runId"),
  source: field("source"),
  version_number: field("version"),
  ...timestamps,
});

function searchOf(filter: FilterTable, attributes: Readonly<Record<string, SearchTerm>>): MlflowSearch {
  return { filter, termOf: (key) => termOf(key, attributes) };
}

/** Prompts of MLflow's are models with this tag; asof has none, and clients ask for what is none. */
const IS_PROMPT = "mlflow.prompt.is_prompt";

function termOf({ entity, key }: FilterKey, attributes: Readonly<Record<string, SearchTerm>>): SearchTerm {
  switch (entity) {
    case "tags":
      return key === IS_PROMPT ? { firstOf: [{ tag: key }, { text: "false" }] } : { tag: key };
    case "params":
      return { param: key };
    case "metrics":
      return { metric: key };
    default:
      return attributes[key]!;
  }
}
