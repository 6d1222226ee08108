import { z } from "zod";
import type { LogFormat } from "../../observability/log.js";
import { variable } from "./variable.js";

export interface LoggingConfig {
  logLevel: string;
  /** Null: JSON, or on a terminal lines to be read. */
  logFormat: LogFormat | null;
}

export const loggingVariables = z
  .object({
    LOG_LEVEL: variable(z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]), "info"),
    LOG_FORMAT: variable(z.enum(["json", "pretty"]), null),
  })
  .transform((env): LoggingConfig => ({ logLevel: env.LOG_LEVEL, logFormat: env.LOG_FORMAT }));
