import { findService } from "../../definitions/language/deployment.js";
import { serviceFeatures } from "../../definitions/language/service-features.js";
import type { HeldFeatures } from "../run-kind.js";

/** A model's file has the categories and the split points of what it learned from; what is said of it beside that has none. */
export const featuresOfModel: HeldFeatures = (file, { model }, deployment) => {
  if (!file.endsWith(".onnx")) return [];
  const service = typeof model === "string" ? findService(deployment, model) : undefined;
  return service ? serviceFeatures(service).map(({ name }) => name) : null;
};
