import "reflect-metadata";
import cluster from "node:cluster";
import { createLogger, logOutput } from "../observability/log.js";
import { startAsof } from "./app.js";
import { KILL_AFTER_MS, startProcesses } from "./cluster-primary.js";
import { readConfig, readDotEnv } from "./config.js";
import { configWarnings } from "./config-warnings.js";
import { engineInThread } from "./engine/engine-thread.js";
import { endWhenLost, explainStartFailure, StartCutShort, stopOnSignal } from "./lifecycle.js";
import { loadDeployment } from "./load-deployment.js";
import { markStart, startParts } from "./start-parts.js";

markStart("program");
try {
  const inFile = readDotEnv();
  const config = readConfig();
  const output = logOutput(config.logFormat);
  const logger = createLogger(config.logLevel, output);
  const { definitions } = await loadDeployment(config.deployment);
  const warnings = cluster.isWorker ? [] : await configWarnings(config, inFile, definitions);
  for (const warning of warnings) logger.warn(warning);
  markStart("configuration and deployment");
  const { processes, role, shutdown } = config;
  if (processes > 1 && role !== "worker" && cluster.isPrimary) {
    const all = startProcesses(config, logger);
    // Each of them ends by itself first.
    const timeoutMs = shutdown.timeoutMs + 2 * KILL_AFTER_MS;
    stopOnSignal(all, { ...shutdown, timeoutMs }, logger);
    void endWhenLost(await all, logger);
  } else {
    const cutShort = new AbortController();
    const makeEngine = engineInThread((lines) => output.write(lines), role === "all");
    const starting = startAsof(config, definitions, logger, makeEngine, cutShort.signal);
    stopOnSignal(starting, { ...shutdown, byMessage: cluster.isWorker, cutShort }, logger);
    const asof = await starting;
    void endWhenLost(asof, logger);
    logger.info(
      { startMs: startParts() },
      `asof ${asof.services.version} (${role}) on ${asof.address}; playground: ${asof.address}/graphql`,
    );
  }
} catch (error) {
  // A signal was sent on purpose: no message is needed.
  if (!(error instanceof StartCutShort)) console.error(explainStartFailure(error));
  process.exitCode = 1;
  // What listens to the primary would keep this process.
  cluster.worker?.disconnect();
}
