import type { Facade } from "../http/app.js";
import { feast } from "./feast/feast.js";
import { inference } from "./inference/inference.js";
import { mlflow } from "./mlflow/mlflow.js";

/** Every protocol that is spoken beside asof's own. */
export const facades = [feast, inference, mlflow] as const satisfies readonly Facade[];

export type FacadeName = (typeof facades)[number]["name"];
