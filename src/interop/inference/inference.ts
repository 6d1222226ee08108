import type { Facade } from "../../http/app.js";
import { registerOpenInference } from "./open-inference.js";
import { registerScoring } from "./scoring.js";

/** Predictions as the clients of other servers ask for them: the Open Inference Protocol at `/v2`, MLflow's scoring under `/serving`. */
export const inference = {
  name: "inference",
  async register(app, services) {
    await registerOpenInference(app, services);
    await registerScoring(app, services);
  },
} as const satisfies Facade;
