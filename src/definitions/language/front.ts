// What definitions are written with: `import … from "asof/definitions"`. It loads nothing else of asof.
export * from "./column.js";
export { DefinitionError } from "./contradictions.js";
export type * from "./deployment.js";
export { deployment, entity, featureService, featureView, source } from "./deployment.js";
export { type DerivedFeature, derived } from "./derived.js";
export {
  declareExpectation,
  expectColumn,
  expectKey,
  expectPair,
  expectRowCount,
  expectSql,
} from "./expectation.js";
export {
  cases,
  concat,
  type DayExpression,
  daysBetween,
  type FlagExpression,
  type NumberExpression,
  type TextExpression,
  whenTrue as when,
} from "./expression/expression.js";
export { col } from "./expression/handles.js";
export type { FileReading } from "./file-reading.js";
export type { DeclaredKey, KeyColumn, KeyType } from "./key.js";
export { uuid } from "./key.js";
export {
  binaryTask as binary,
  type CostThreshold,
  cost,
  type DeclaredThreshold,
  fixedThreshold,
  multiclassTask as multiclass,
  regressionTask as regression,
  targetPrecision,
  targetRecall,
} from "./learns.js";
export { type FilesOrigin, files, type Origin, type SqlOrigin, sql } from "./origin.js";
export { from, type RequestFeatures, request } from "./request.js";
export {
  count,
  days,
  daysSince,
  distinct,
  first,
  last,
  max,
  mean,
  min,
  stddev,
  sum,
} from "./windows/window.js";
