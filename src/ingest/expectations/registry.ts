import { Registry } from "../../values/registry.js";
import { between } from "./between.js";
import { columnPairGreater } from "./column-pair-greater.js";
import { dateBetween } from "./date-between.js";
import type { ExpectationRecord } from "./expectation.js";
import { foreignKey } from "./foreign-key.js";
import { inSet } from "./in-set.js";
import { matchesRegex } from "./matches-regex.js";
import { meanBetween } from "./mean-between.js";
import { notNull } from "./not-null.js";
import { rowCountBetween } from "./row-count-between.js";
import { sqlExpectation } from "./sql.js";
import { unique } from "./unique.js";

/** What a source can declare to expect, in the order of the docs. */
export const builtInExpectations = [
  ...[rowCountBetween, notNull, unique, between, inSet, matchesRegex],
  ...[dateBetween, meanBetween, foreignKey, columnPairGreater, sqlExpectation],
] as const satisfies readonly ExpectationRecord[];

export const expectations = new Registry<ExpectationRecord>("expectation", builtInExpectations);
