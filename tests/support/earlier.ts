import { pino } from "pino";
import type { Deployment } from "../../src/definitions/language/deployment.js";
import { startAsof } from "../../src/process/app.js";
import type { Run } from "../../src/registry/run.js";
import type { Services } from "../../src/services/services.js";
import { testConfig } from "./config.js";
import { until } from "./until.js";

/**
 * What the deployment was before its definitions changed: a worker, which has no GraphQL schema, of which a process can
 * have only one. Stopped when the work is done.
 */
export async function earlier<T>(
  definitions: Deployment,
  at: { databaseUrl: string; migrations: string; dataDir: string },
  work: (services: Services) => Promise<T>,
): Promise<T> {
  const config = testConfig({ ...at, home: at.dataDir, role: "worker" });
  const before = await startAsof(config, definitions, pino({ level: "silent" }));
  try {
    return await work(before.services);
  } finally {
    await before.close();
  }
}

/** Waits for the run; throws what it failed of. */
export async function succeeded({ runs }: Services, started: Promise<Run>): Promise<Run> {
  const { id } = await started;
  let ended: Run | undefined;
  await until(
    "the run has ended",
    async () => {
      const [run] = await runs.findByIds([id]);
      if (run?.error) throw new Error(run.error.message);
      ended = run ?? undefined;
      return run?.status === "SUCCEEDED";
    },
    180_000,
  );
  return ended!;
}
