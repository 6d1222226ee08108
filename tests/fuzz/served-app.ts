import { pino } from "pino";
import { type Asof, startAsof } from "../../src/process/app.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { ingestMonth, JANUARY, learnableMonth, promote, STRONG, trained } from "../support/months.js";

export interface ServedApp {
  app: TestApp;
  api: Asof;
  /** What no answer may hold. */
  secrets: string[];
  stop(): Promise<void>;
}

/** One month, one model in Production, and a process that answers requests: runs it is asked for stay queued. */
export async function startServedApp(): Promise<ServedApp> {
  const app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
  await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
  await promote(app, 1);
  const { config } = app.asof;
  await app.asof.close();
  const logger = pino({ level: process.env.LOG_LEVEL ?? "silent" });
  const api = await startAsof({ ...config, databaseUrl: app.url, role: "api", port: 0 }, definitions, logger);
  return {
    app,
    api,
    secrets: [app.dataDir, process.cwd(), new URL(app.url).password],
    stop: async () => {
      await api.close();
      await app.stop();
    },
  };
}
