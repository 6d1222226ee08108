import { CLASS_WEIGHT } from "../../tasks/binary/class-weight.js";
import { type ParamsOf, realNumber, wholeNumber } from "../param.js";

export const LOGISTIC_PARAMS = {
  l2: realNumber(1e-6, 1e6, 1, "penalty"),
  max_iterations: wholeNumber(1, 1000, 50, "most Newton steps; 4 to 6 are usual"),
  tolerance: realNumber(1e-12, 0.1, 1e-8, "stop when the greatest gradient / rows is below"),
  class_weight: CLASS_WEIGHT,
};
export type LogisticParams = ParamsOf<typeof LOGISTIC_PARAMS>;
