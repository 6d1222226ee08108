import { type ImportanceInput, ImportancePart } from "../evaluation/importance-part.js";
import { type BinningInput, BinningPart } from "../learners/boosting/binning-part.js";
import { type BoostingInput, BoostingPart } from "../learners/boosting/boosting-part.js";
import { type ForestInput, ForestPart } from "../learners/forest/forest-part.js";
import { type LogisticInput, LogisticPart } from "../learners/logistic/logistic-part.js";
import type { Part, Place } from "./part.js";

/** What a thread is sent to make its part of each kind of work. */
export interface PartInputs {
  binning: BinningInput;
  boosting: BoostingInput;
  forest: ForestInput;
  logistic: LogisticInput;
  importance: ImportanceInput;
}
export type PartKind = keyof PartInputs;

const PARTS: { [K in PartKind]: new (input: PartInputs[K], place: Place) => Part } = {
  binning: BinningPart,
  boosting: BoostingPart,
  forest: ForestPart,
  logistic: LogisticPart,
  importance: ImportancePart,
};

export function createPart<K extends PartKind>(kind: K, input: PartInputs[K], place: Place): Part {
  return new PARTS[kind](input, place);
}
