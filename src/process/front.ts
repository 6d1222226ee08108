// The public front: what `import … from "asof"` gives to a deployment module, or to a program that starts asof itself. What a
// record of each kind is written with is here; tests/extending writes them with nothing else.

/** What a kind of run describes its fields with. */
export { z } from "zod";
export * from "../alerts/channels/alert-channel.js";
export { NotTakenError } from "../alerts/channels/not-taken.js";
export * from "../alerts/events/alert-event.js";
export * from "../definitions/language/front.js";
/** What a kind of run leaves out of what it reports, or refuses to write. */
export { type PersonalColumns, personalColumns } from "../definitions/language/personal.js";
export { PersonalValuesError } from "../errors/auth-errors.js";
export * from "../errors/errors.js";
export * from "../features/offline/offline-engine.js";
export * from "../features/online/online-rows.js";
export * from "../features/online/online-store.js";
export * from "../features/online/online-store-kind.js";
export * from "../ingest/expectations/each-value.js";
export * from "../ingest/expectations/expectation.js";
export * from "../ingest/formats/file-format.js";
export * from "../ingest/sources/source-scheme.js";
export * as fields from "../inputs/fields.js";
export * from "../jobs/outcome.js";
export * from "../jobs/run-kind.js";
export type { TrainingCommand } from "../jobs/train-externally/training-commands.js";
export * from "../registry/gates/gate.js";
export * from "../training/front.js";
export { type Asof, startAsof } from "./app.js";
export { type Config, ConfigError, readConfig } from "./config.js";
export { type AsofDeployment, builtIn, createAsof, type Records } from "./create-asof.js";
export { loadDeployment } from "./load-deployment.js";
