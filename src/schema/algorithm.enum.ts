import { registerEnumType } from "type-graphql";
import type * as model from "../registry/model.js";

export const Algorithm = {
  LOGISTIC_REGRESSION: "LOGISTIC_REGRESSION",
  RANDOM_FOREST: "RANDOM_FOREST",
  GRADIENT_BOOSTING: "GRADIENT_BOOSTING",
  EXTERNAL: "EXTERNAL",
} as const satisfies { [A in model.Algorithm]: A };
registerEnumType(Algorithm, { name: "Algorithm" });
