import { jsonProblem } from "../../values/exact-json.js";
import { invalid } from "./mlflow-error.js";
import { type MlflowResource, mlflowRoute } from "./resource.js";
import { runOf, runShape } from "./run.codec.js";
import { mlflowText } from "./shapes.js";

const MAX_MODEL_CHARACTERS = 1_000_000;
/** The tag that clients read the list by. */
const HISTORY = "mlflow.log-model.history";

/** `log_model` of MLflow 2 says here what it stored in the run's folder. */
export const runModelResource: MlflowResource = {
  routes: [
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/log-model",
      rule: "operator",
      shape: runShape.extend({ model_json: mlflowText(MAX_MODEL_CHARACTERS) }),
      answer: async ({ loggedModels }, { model_json, ...given }, { actor }) => {
        await loggedModels.appendToRun(runOf(given), HISTORY, readModel(model_json), actor);
        return {};
      },
    }),
  ],
};

function readModel(text: string): object {
  try {
    if (jsonProblem(text) === null) {
      const model: unknown = JSON.parse(text);
      if (typeof model === "object" && model !== null && !Array.isArray(model)) return model;
    }
  } catch {
    // told below
  }
  throw invalid("model_json: a JSON object was expected");
}
