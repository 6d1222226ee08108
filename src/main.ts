import "reflect-metadata";
import "dotenv/config";
import { pino } from "pino";
import { startAsof } from "./app.js";
import { ConfigError, readConfig } from "./config.js";
import { definitions } from "./definitions/index.js";
import { closeOnSignal } from "./shutdown.js";

try {
  const config = readConfig();
  const logger = pino({ level: config.logLevel });
  const asof = await startAsof(config, definitions, logger);
  closeOnSignal(asof.close, logger);
  logger.info(
    `asof ${asof.services.version} (${config.role}) on ${asof.address}; playground: ${asof.address}/graphql`,
  );
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : explain(error));
  process.exitCode = 1;
}

function explain(error: unknown): string {
  const { code, port, message, stack } = error as Error & { code?: string; port?: number };
  if (code === "EADDRINUSE") return `port ${port} is taken; set PORT to another one`;
  return process.env.LOG_LEVEL === "debug" ? (stack ?? message) : `asof did not start: ${message}`;
}
