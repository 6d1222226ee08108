// What definitions are written with: `import … from "asof/definitions"`. It loads nothing else of asof.
export * from "./column.js";
export type * from "./deployment.js";
export { deployment, entity, featureService, featureView, source } from "./deployment.js";
export {
  declareExpectation,
  expectColumn,
  expectKey,
  expectPair,
  expectRowCount,
  expectSql,
} from "./expectation.js";
export type { FileReading } from "./file-reading.js";
