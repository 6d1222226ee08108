import { type Config, readConfig } from "../../src/process/config.js";

/** A configuration for one test: what an empty environment gives, on any free port and without log lines and prediction log. */
export const testConfig = (parts: Partial<Config> = {}): Config => ({
  ...readConfig({}),
  port: 0,
  logLevel: "silent",
  predictionLog: null,
  requestTimeoutMs: 0,
  ...parts,
});
