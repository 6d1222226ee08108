import "reflect-metadata";
import { constants } from "node:os";
import { relative } from "node:path";
import { createLogger, logOutput } from "../observability/log.js";
import { startAsof } from "../process/app.js";
import { readConfig, readDotEnv } from "../process/config.js";
import { configWarnings } from "../process/config-warnings.js";
import { engineInThread } from "../process/engine/engine-thread.js";
import { endWhenLost, explainStartFailure, SIGNALS, stopOnSignal } from "../process/lifecycle.js";
import { loadDeployment } from "../process/load-deployment.js";
import { DemoClient } from "./client.js";
import { Printer } from "./printer.js";
import { runStory } from "./story.js";

/** npm run demo: starts everything, tells the story, then keeps serving. */
const printer = new Printer();
let story: "told" | "being told" | "failed" = "being told";
for (const signal of SIGNALS) process.on(signal, () => story === "being told" && printer.stop(signal));
try {
  const inFile = readDotEnv();
  const config = readConfig({ ...process.env, ASOF_ROLE: "all" });
  const output = logOutput(config.logFormat);
  const logger = createLogger(process.env.LOG_LEVEL?.trim() || "error", output);
  const { definitions } = await loadDeployment(config.deployment);
  const warnings = await configWarnings(config, inFile, definitions);
  for (const warning of warnings) printer.line(`warning: ${warning}`);
  const startedAt = performance.now();
  const cutShort = new AbortController();
  const starting = startAsof(
    config,
    definitions,
    logger,
    engineInThread((lines) => output.write(lines), true),
    cutShort.signal,
  );
  // Whoever cuts the story short is told so as a shell would; ending what serves is how the demo ends.
  const exitCode = (signal: NodeJS.Signals) => (story === "told" ? 0 : 128 + constants.signals[signal]);
  stopOnSignal(starting, { ...config.shutdown, drainMs: 0, exitCode, cutShort }, logger);
  const asof = await starting;
  void endWhenLost(asof, logger);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
  const database = config.databaseUrl ? "PostgreSQL of DATABASE_URL" : `PostgreSQL in ${shown(config.home)}`;
  printer.line(
    `asof ${asof.services.version}: started in ${seconds} s, ${database}, data from ${shown(config.dataDir)}`,
  );
  try {
    await runStory(new DemoClient(asof.address), printer);
    story = "told";
    printer.line();
    printer.line(`Serving; playground: ${asof.address}/graphql   (Ctrl-C ends it, npm start serves again)`);
    printer.line(`Console: ${asof.address}`);
  } catch {
    // The printer has told what failed.
    if (!printer.stopped) {
      story = "failed";
      await asof.close();
      process.exitCode = 1;
    }
  }
} catch (error) {
  if (!printer.stopped) console.error(explainStartFailure(error));
  process.exitCode = 1;
}

function shown(path: string): string {
  return relative(process.cwd(), path) || ".";
}
