import { artifactResource } from "./artifacts.js";
import { experimentResource } from "./experiments.js";
import { loggedModelResource } from "./logged-models.js";
import { modelVersionResource } from "./model-versions.js";
import { registeredModelResource } from "./registered-models.js";
import type { MlflowResource } from "./resource.js";
import { loggingResource } from "./run-logging.js";
import { runModelResource } from "./run-model.js";
import { searchResource } from "./run-search.js";
import { runResource } from "./runs.js";
import { serverResource } from "./server.js";

/** Everything that is spoken of MLflow's protocol. */
export const mlflowResources: readonly MlflowResource[] = [
  experimentResource,
  runResource,
  artifactResource,
  loggedModelResource,
  runModelResource,
  registeredModelResource,
  modelVersionResource,
  loggingResource,
  searchResource,
  serverResource,
];
