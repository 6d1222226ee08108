import "reflect-metadata";
import { relative } from "node:path";
import { pino } from "pino";
import { startAsof } from "../app.js";
import { DEFAULT_SHUTDOWN, readConfig, readDotEnv } from "../config.js";
import { definitions } from "../definitions/index.js";
import { engineInThread } from "../engine-host/engine-thread.js";
import { explainStartFailure, stopOnSignal } from "../lifecycle.js";
import { DemoClient } from "./client.js";
import { Printer } from "./printer.js";
import { tell } from "./story.js";

/** npm run demo: starts everything, tells the story, then keeps serving. */
const printer = new Printer();
try {
  readDotEnv();
  const config = readConfig({ ...process.env, ASOF_ROLE: "all" });
  const logger = pino({ level: process.env.LOG_LEVEL?.trim() || "error" });
  const startedAt = performance.now();
  const starting = startAsof(
    config,
    definitions,
    logger,
    engineInThread((lines) => process.stdout.write(lines)),
  );
  stopOnSignal(starting, { ...DEFAULT_SHUTDOWN, ...config.shutdown, drainMs: 0 }, logger);
  const asof = await starting;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
  const database = config.databaseUrl ? "PostgreSQL of DATABASE_URL" : `PostgreSQL in ${shown(config.home)}`;
  printer.line(
    `asof ${asof.services.version}: started in ${seconds} s, ${database}, data from ${shown(config.dataDir)}`,
  );
  try {
    await tell(new DemoClient(asof.address), printer);
    printer.line();
    printer.line(`Serving; playground: ${asof.address}/graphql   (Ctrl-C ends it, npm start serves again)`);
  } catch {
    // the printer has told what failed
    await asof.close();
    process.exitCode = 1;
  }
} catch (error) {
  console.error(explainStartFailure(error));
  process.exitCode = 1;
}

function shown(path: string): string {
  return relative(process.cwd(), path) || ".";
}
