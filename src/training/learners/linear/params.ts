import { type ParamsOf, realNumber, wholeNumber } from "../param.js";

export const LINEAR_PARAMS = {
  l2: realNumber(0, 1e9, 1, "penalty on half the squared weights; features are standardised"),
  l1: realNumber(
    0,
    1e9,
    0,
    "penalty on the absolute weights, in the label's unit: some become 0; 0 = ridge regression, more = elastic net",
  ),
  max_iterations: wholeNumber(1, 100_000, 1_000, "most passes over the weights where `l1` is not 0"),
  tolerance: realNumber(
    1e-14,
    0.1,
    1e-10,
    "stop when no weight moves by more than this share of the greatest",
  ),
};
export type LinearParams = ParamsOf<typeof LINEAR_PARAMS>;
