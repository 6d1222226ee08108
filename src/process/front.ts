// The public front: what `import … from "asof"` gives to a deployment module, or to a program that starts asof itself.

/** What a kind of run describes its fields with. */
export { z } from "zod";
export * from "../definitions/language/column.js";
export type * from "../definitions/language/deployment.js";
export {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../definitions/language/deployment.js";
export {
  declareExpectation,
  expectColumn,
  expectKey,
  expectPair,
  expectRowCount,
  expectSql,
} from "../definitions/language/expectation.js";
export { AsofError, BadUserInputError } from "../errors/errors.js";
export type { OnlineStoreKind } from "../features/online/online-store-kind.js";
export type { ExpectationRecord } from "../ingest/expectations/expectation.js";
export type { FileFormat } from "../ingest/formats/file-format.js";
export type { SourceScheme } from "../ingest/sources/source-scheme.js";
export * as fields from "../inputs/fields.js";
export { nothingToCleanUp, type RunKind, runKind, trainsNothing } from "../jobs/run-kind.js";
export type { Gate } from "../registry/gates/gate.js";
export * from "../training/front.js";
export { type Asof, startAsof } from "./app.js";
export { type Config, ConfigError, readConfig } from "./config.js";
export { type AsofDeployment, builtIn, createAsof, type Records } from "./create-asof.js";
export { loadDeployment } from "./load-deployment.js";
