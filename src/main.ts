import "reflect-metadata";
import cluster from "node:cluster";
import { startAsof } from "./app.js";
import { STOP } from "./cluster-messages.js";
import { startProcesses } from "./cluster-primary.js";
import { readConfig, readDotEnv } from "./config.js";
import { definitions } from "./definitions/index.js";
import { closeOnSignal, explainStartFailure } from "./lifecycle.js";
import { createLogger } from "./observability/log.js";

try {
  readDotEnv();
  const config = readConfig();
  const logger = createLogger(config.logLevel);
  const { processes = 1, role } = config;
  if (processes > 1 && role !== "worker" && cluster.isPrimary) {
    const { close } = await startProcesses({ ...config, processes }, logger);
    closeOnSignal(close, logger);
  } else {
    const asof = await startAsof(config, definitions, logger);
    closeOnSignal(asof.close, logger, cluster.isWorker ? STOP : undefined);
    logger.info(
      `asof ${asof.services.version} (${role}) on ${asof.address}; playground: ${asof.address}/graphql`,
    );
  }
} catch (error) {
  console.error(explainStartFailure(error));
  process.exitCode = 1;
}
