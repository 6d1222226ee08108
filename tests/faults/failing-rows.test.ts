import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stratifiedSplit } from "../../src/training/tasks/stratified.js";
import { type Cluster, startCluster } from "../support/cluster.js";
import { type Files, writeDelivery } from "../support/delivery.js";
import { type Harm, hostileModel } from "../support/hostile-models.js";
import { JANUARY, learnableMonth, PROMOTE, STRONG, USERS } from "../support/months.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

// A model made elsewhere that fails on a value which nobody had when it was registered: as shadow, behind the gates, and
// in Production.

const REGISTER = `mutation($input: RegisterModelInput!) { registerModel(input: $input) { version } }`;
const FEBRUARY = "2024-02-29";
const TRIGGER = 7_777;
/** Of those that no version is trained on; so many that a process which dies of each of them is not asked for a while. */
const FAILING = 5;

const isLabelled = (i: number) => i % 3 === 0 || i % 7 === 3;
const heldOut = () =>
  Array.from(
    stratifiedSplit(
      USERS,
      Uint8Array.from(USERS, (_, i) => Number(isLabelled(i))),
      0.25,
      42,
    ).test,
    (row) => USERS[row]!,
  );

/** A month in which these users have the value that sets the models off. */
function monthWith(users: readonly string[]): Files {
  const files = learnableMonth();
  const [header, ...rows] = files.usage_agg_30d!;
  const place = header!.split(",").indexOf("skips_7d");
  const changed = rows.map((row) => {
    const cells = row.split(",");
    if (users.includes(cells[0]!)) cells[place] = String(TRIGGER);
    return cells.join(",");
  });
  return { ...files, usage_agg_30d: [header!, ...changed] };
}

let cluster: Cluster;
let asof: TestProcess;
let failing: string[];
beforeAll(async () => {
  cluster = await startCluster();
  failing = heldOut().slice(0, FAILING);
  writeDelivery(cluster.dataDir, "january", learnableMonth());
  writeDelivery(cluster.dataDir, "february", monthWith(failing));
  asof = await cluster.start("all", { PREDICTION_LOG_SAMPLE: "1" });
  expect(await asof.client.ingest("january", JANUARY)).toMatchObject({ error: null });
  expect(await asof.client.train({ asOf: JANUARY, seed: 42, params: STRONG })).toMatchObject({ error: null });
  for (const harm of ["dies", "answers NaN"] as const) versions[harm] = await register(harm);
  expect(await asof.client.ingest("february", FEBRUARY)).toMatchObject({ error: null });
}, 180_000);
afterAll(() => cluster?.stop());

const OWN = 1;
const versions: Partial<Record<Harm, number>> = {};

async function register(harm: Harm): Promise<number> {
  const { createRun } = await asof.client.query("mutation { createRun(input: {}) { id } }");
  const onnx = Buffer.from(hostileModel(harm, TRIGGER)).toString("base64");
  const input = { runId: createRun.id, asOf: JANUARY, onnx, seed: 42 };
  return (await asof.client.query(REGISTER, { input })).registerModel.version;
}

const force = (version: number) =>
  asof.client.query(PROMOTE, { input: { version, force: true, reason: "to try" } });
describe.each<[Harm, RegExp]>([
  ["dies", /it ended its process \(SIGFPE\)/],
  ["answers NaN", /its answer is NaN, which is no probability/],
])("a version that %s on the rows of some users", (harm, words) => {
  it("is refused as a candidate, with how many rows it has no answer to and why", async () => {
    await cluster.sql("update model_versions set stage = 'NONE' where stage = 'PRODUCTION'");
    await force(OWN);
    const error = await asof.client.error(PROMOTE, { input: { version: versions[harm] } });
    expect(error).toMatchObject({ code: "MODEL_NOT_SERVABLE", version: versions[harm] });
    expect(error.message).toMatch(new RegExp(`${FAILING} of \\d+ rows have no answer, the first because`));
    expect(error.message).toMatch(words);
  });

  it("in Production is compared on the other rows, and the gate says how many were left out", async () => {
    await cluster.sql("update model_versions set stage = 'NONE' where stage = 'PRODUCTION'");
    await cluster.sql("update model_versions set stage = 'PRODUCTION' where version = $1", [versions[harm]]);
    await asof.client.query(PROMOTE, { input: { version: OWN } });
    const [moved] = await cluster.sql<{ gates: { name: string; message: string }[] }>(
      "select gates from stage_transitions where to_stage = 'PRODUCTION' order by id desc limit 1",
    );
    const gate = moved!.gates.find(({ name }) => name === "not_worse_than_production");
    expect(gate!.message).toMatch(
      new RegExp(
        `over \\d+ rows of ${FEBRUARY} .*; ${FAILING} of \\d+ rows are left out, as Production has no answer to them`,
      ),
    );
  });

  it("as shadow scores the other requests of the same batch; each that fails is logged without it, and counted", async () => {
    await cluster.sql("update model_versions set stage = 'NONE' where stage = 'PRODUCTION'");
    await force(OWN);
    await cluster.sql("truncate prediction_log");
    await asof.client.query(
      'mutation($v: Int!) { setModelAlias(alias: "shadow", version: $v) { version } }',
      { v: versions[harm] },
    );
    const asked = [...failing, ...USERS.filter((user) => !failing.includes(user)).slice(0, 40)];
    const predict = () =>
      asof.client.query(
        "query($ids: [ID!]!) { predictMany(userIds: $ids) { userId prediction { probability } error { code } } }",
        { ids: asked },
      );
    const logged = () =>
      cluster.sql<{ key: string; shadow_version: number | null }>(
        "select key, shadow_version from prediction_log",
      );
    await until("the shadow has scored", async () => {
      const { predictMany } = await predict();
      for (const { error } of predictMany) expect(error).toBeNull();
      return (await logged()).some(({ shadow_version }) => shadow_version === versions[harm]);
    });
    await until("its failures are in the log", () =>
      asof
        .output()
        .split("\n")
        .some(
          (line) =>
            line.includes("the shadow could not score") &&
            line.includes(`"version":${versions[harm]}`) &&
            /"rows":[1-9]/.test(line),
        ),
    );
    const rows = await logged();
    for (const { key, shadow_version } of rows)
      if (failing.includes(key)) expect([key, shadow_version]).toEqual([key, null]);
    expect(rows.some(({ key, shadow_version }) => !failing.includes(key) && shadow_version !== null)).toBe(
      true,
    );
    await asof.client.query('mutation { removeModelAlias(model: "churn", alias: "shadow") { version } }');
  });
});
