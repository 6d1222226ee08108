import "reflect-metadata";
import { pino } from "pino";
import { startAsof } from "./app.js";
import { readConfig, readDotEnv } from "./config.js";
import { definitions } from "./definitions/index.js";
import { closeOnSignal, explainStartFailure } from "./lifecycle.js";

try {
  readDotEnv();
  const config = readConfig();
  const logger = pino({ level: config.logLevel });
  const asof = await startAsof(config, definitions, logger);
  closeOnSignal(asof.close, logger);
  logger.info(
    `asof ${asof.services.version} (${config.role}) on ${asof.address}; playground: ${asof.address}/graphql`,
  );
} catch (error) {
  console.error(explainStartFailure(error));
  process.exitCode = 1;
}
