import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
// @ts-expect-error: plain JavaScript, as the build must run before anything is compiled
import { buildConsole } from "../../scripts/build-console.mjs";
import { generateDeployment } from "../../scripts/generate-deployment.js";
import { startEmbedded } from "../../src/db/embedded/server.js";
import { BUILD, buildForTests } from "./build.js";
import { createTemplate } from "./database.js";
import { testing } from "./deployment/testing.js";
import { endLeftovers, markProcesses } from "./leftovers.js";

/** One build and one real PostgreSQL for the whole run; each test file takes a database of it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // What tests that need a real process start: plain JavaScript starts in a fraction of the time.
  await buildForTests();
  buildConsole();
  const emitted = promisify(execFile)(process.execPath, [`${BUILD}/tests/support/emit-schema.js`]);
  await generateDeployment(testing.migrations!, testing, "baseline");
  const home = mkdtempSync(join(tmpdir(), "asof-test-"));
  const given = process.env.TEST_DATABASE_URL;
  const embedded = given ? null : await startEmbedded(home, { fsync: "off", max_connections: "300" });
  const serverUrl = given ?? embedded!.url;
  const template = await createTemplate(serverUrl);
  await emitted;
  project.provide("serverUrl", serverUrl);
  project.provide("template", template.name);
  const run = markProcesses();
  return async () => {
    const leftovers = await endLeftovers(run).catch((error: Error) => error);
    await template.drop();
    await embedded?.stop();
    rmSync(home, { recursive: true, force: true });
    if (leftovers) {
      // Vitest says so, and ends well.
      process.exitCode = 1;
      throw leftovers;
    }
  };
}

declare module "vitest" {
  export interface ProvidedContext {
    serverUrl: string;
    /** The database that `createMigratedDatabase` copies. */
    template: string;
  }
}
