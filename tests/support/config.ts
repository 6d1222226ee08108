import { type Config, readConfig } from "../../src/process/config.js";

/** A configuration for one test: what an empty environment gives, on any free port and without log lines and prediction log. */
export const testConfig = (parts: Partial<Config> = {}): Config => ({
  ...readConfig({}),
  port: 0,
  logLevel: "silent",
  predictionLog: null,
  // As an embedded server allows: what is tested by processes of their own has what DATABASE_URL allows.
  connections: 24,
  metricsCacheMs: 0,
  requestTimeoutMs: 0,
  ...parts,
});
