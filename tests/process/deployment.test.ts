import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitions as shipped } from "../../src/definitions/index.js";
import { offlineEngines } from "../../src/features/offline/registry.js";
import { runKinds } from "../../src/jobs/run-kinds.js";
import { ConfigError } from "../../src/process/config.js";
import { builtIn, createAsof, install } from "../../src/process/create-asof.js";
import { loadDeployment } from "../../src/process/load-deployment.js";
import { gates } from "../../src/registry/gates/registry.js";
import { BUILD, TESTING } from "../support/build.js";
import { asof as asofCli } from "../support/cli.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { startProcess, type TestProcess } from "../support/process.js";

const folder = mkdtempSync(join(tmpdir(), "asof-deployment-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function module(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const bundled = (name: string) => JSON.stringify(pathToFileURL(resolve(BUILD, name)).href);
const second = `
  import { builtIn, createAsof } from ${bundled("process/front.js")};
  import { definitions } from "${TESTING}";
  const [service] = definitions.services;
  const [logistic] = builtIn.learners;
  // Two threads for any table: the helpers take its parts from this module, too.
  const own = { ...logistic, name: "OWN_LOGISTIC", title: "own regression", minRowsForThreads: 1 };
  export default createAsof({
    definitions: { ...definitions, services: [...definitions.services, { ...service, name: "second" }] },
    learners: [...builtIn.learners, own],
  });`;

describe("a deployment module", () => {
  let database: TestDatabase;
  let asof: TestProcess;

  beforeAll(async () => {
    database = await createMigratedDatabase();
    writeDelivery(folder, "month", smallDelivery(userIds(40)));
    asof = await startProcess({
      DATABASE_URL: database.url,
      ASOF_DEFINITIONS: module("second.mjs", second),
      DATA_DIR: folder,
      ASOF_HOME: folder,
    });
  });
  afterAll(async () => {
    await asof?.stop();
    await database?.drop();
  });

  it("says what the process serves, and what its run engine and training threads work with", async () => {
    const { models } = await asof.client.query("{ models { name } }");
    expect(models).toContainEqual({ name: "second" });
    expect((await asof.client.ingest("month", "2024-01-31")).error).toBeNull();
    const run = await asof.client.train({
      asOf: "2024-01-31",
      model: "second",
      algorithm: "OWN_LOGISTIC",
    });
    expect(run).toMatchObject({ status: "SUCCEEDED", modelVersion: { version: 1 } });
  });

  it("is named by asof doctor", async () => {
    const { out } = await asofCli(["doctor"], {
      DATABASE_URL: database.url,
      ASOF_DEFINITIONS: join(folder, "second.mjs"),
      PORT: "0",
    });
    expect(out).toMatch(/ok +deployment +\S+, of .*second\.mjs/);
  });
});

describe("loading a deployment", () => {
  // Other files of this process have the records that are built in.
  afterAll(() => install(createAsof({ definitions: shipped })));

  const load = (path: string) => loadDeployment(pathToFileURL(path).href);

  it("gives the shipped definitions where none is named", async () => {
    expect((await loadDeployment(null)).definitions).toBe(shipped);
  });

  it("takes a module that only exports definitions", async () => {
    const path = module("definitions.mjs", `export { definitions } from "${TESTING}";`);
    expect((await load(path)).definitions.name).toBe("testing");
  });

  it.each([
    ["is not there", null, "Cannot find module"],
    ["throws", "throw new Error('no such thing');", "no such thing"],
    ["exports nothing of use", "export default { definitions: {} };", "it exports no deployment"],
    [
      "has two records of a name",
      `import { builtIn, createAsof } from ${bundled("process/front.js")};
       import { definitions } from "${TESTING}";
       export default createAsof({ definitions, gates: [...builtIn.gates, builtIn.gates[0]] });`,
      'two gate records are named "snapshot_validated"',
    ],
  ])("refuses a module that %s, and names it", async (_, text, problem) => {
    const path = text === null ? join(folder, "missing.mjs") : module(`${problem.slice(0, 2)}.mjs`, text);
    const refused = load(path);
    await expect(refused).rejects.toBeInstanceOf(ConfigError);
    await expect(refused).rejects.toThrow(`ASOF_DEFINITIONS=${path}: it cannot be used: `);
    await expect(refused).rejects.toThrow(problem);
  });

  it("has the built-in records of this copy for the kinds that a module of another copy leaves out", async () => {
    const path = module(
      "other-copy.mjs",
      `import { builtIn, createAsof } from ${bundled("process/front.js")};
       import { definitions } from "${TESTING}";
       export default createAsof({ definitions, gates: builtIn.gates });`,
    );
    await load(path);
    expect([...offlineEngines]).toEqual(builtIn.offlineEngines);
    expect([...runKinds]).toEqual(builtIn.runKinds);
    expect([...gates]).not.toEqual(builtIn.gates);
  });

  it("describes without starting, and cannot be changed", () => {
    const described = createAsof({ definitions: shipped });
    expect(Object.isFrozen(described)).toBe(true);
    expect(described.definitions).toBe(shipped);
  });
});

it("asof doctor reports an ASOF_DEFINITIONS that is not there, and changes nothing", async () => {
  const { code, out } = await asofCli(["doctor"], {
    ASOF_DEFINITIONS: join(folder, "missing.mjs"),
    PORT: "0",
  });
  expect(out).toMatch(/FAILED +deployment +ASOF_DEFINITIONS=.*missing\.mjs: it cannot be used/);
  expect(code).toBe(1);
});
