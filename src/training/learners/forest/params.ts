import { CLASS_WEIGHT } from "../../tasks/binary/class-weight.js";
import { type ParamsOf, wholeNumber } from "../param.js";

/** docs/training.md has the measurements that the defaults were chosen by. */
export const FOREST_PARAMS = {
  trees: wholeNumber(1, 1000, 300, "trees"),
  max_leaves: wholeNumber(
    2,
    8192,
    256,
    "leaves of a tree; bounds the file: a leaf takes about 58 bytes of it, 300 × 256 leaves 4.5 MB",
  ),
  min_leaf_rows: wholeNumber(1, 1e6, 40, "rows drawn per leaf, judged by their share of the leaf's weight"),
  max_features: wholeNumber(
    0,
    1000,
    0,
    "features tried at a split; 0 = the square root of their number, of regression a third of them",
  ),
  max_bins: wholeNumber(2, 255, 255, "bins of a numeric feature"),
  class_weight: CLASS_WEIGHT,
};
export type ForestParams = ParamsOf<typeof FOREST_PARAMS>;
