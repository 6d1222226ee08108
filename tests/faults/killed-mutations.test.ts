import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster, waitsFor } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import type { GraphQLClient } from "../support/graphql.js";
import { JANUARY, learnableMonth, USERS } from "../support/months.js";
import { perFeatureModel } from "../support/onnx.js";
import type { TestProcess } from "../support/process.js";
import { emittedSchema } from "../support/schema.js";
import { until } from "../support/until.js";

/** `npm run test:faults`: at each table a mutation writes. Else at the last, where most is done. */
const GRID = process.env.FAULTS === "all";

const DECEMBER = "2023-12-31";
const [RUN, MODEL] = [randomUUID(), randomUUID()];
/** Stands for the id of the run that `train` has queued. */
const TRAINING = "the-training";
const ONNX = Buffer.from(perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5)).toString("base64");
const register = (run: string, wait = "") =>
  `registerModel(input: { runId: "${run}", onnx: "${ONNX}", asOf: "${JANUARY}"${wait} }) { version }`;

/** What is asked, and the tables it writes, in the order in which it comes to them. Each follows on what the ones before left. */
const MUTATIONS: Record<string, [ask: string, ...writes: string[]]> = {
  createRun: [`createRun(input: { id: "${RUN}", tags: { of: "a test" } }) { id }`, "runs", "run_events"],
  logParams: [`logParams(runId: "${RUN}", params: { seed: 7 }) { id }`, "runs", "run_events"],
  logMetrics: [
    `logMetrics(runId: "${RUN}", metrics: [{ name: "loss", value: 1 }, { name: "loss", value: 0.5, step: 1 }]) { id }`,
    ...["run_metrics", "run_events"],
  ],
  logArtifact: [
    `logArtifact(input: { runId: "${RUN}", name: "notes", base64: "${Buffer.from("bytes of its own").toString("base64")}" }) { name }`,
    ...["artifact_blobs", "run_events"],
  ],
  updateRun: [`updateRun(input: { id: "${RUN}", note: "kept" }) { id }`, "runs", "run_events"],
  finishRun: [`finishRun(id: "${RUN}") { id }`, "runs", "run_events"],
  deleteRun: [
    `deleteRun(id: "${RUN}") { id }`,
    ...["run_events", "run_metrics", "artifacts", "runs", "dbos.workflow_status", "artifact_blobs"],
  ],
  registerModel: [
    register(MODEL, ", waitSeconds: 0"),
    ...["runs", "run_events", "artifact_blobs", "model_versions", "dbos.workflow_status"],
  ],
  setModelAlias: ['setModelAlias(alias: "champion", version: 1) { version }', "model_aliases"],
  startCanary: ["startCanary(input: { version: 2, share: 0.5 }) { id }", "canaries", "registry_changes"],
  endCanary: ['endCanary(reason: "a test") { id }', "canaries", "registry_changes"],
  promote: ["promote(input: { version: 2 }) { version }", "model_versions", "stage_transitions"],
  rollback: ['rollback(reason: "as it was") { version }', "model_versions", "stage_transitions"],
  deleteModelVersion: ["deleteModelVersion(version: 3) { name }", "model_versions"],
  push: [
    `push(input: { view: "support_agg_90d", rows: [${USERS.slice(0, 2).map(
      (user) => `{ userId: "${user}", asOf: "2024-02-10", values: { support_tickets_90d: 7 } }`,
    )}] }) { accepted }`,
    ...["support_agg_90d_online", "support_agg_90d_pushes"],
  ],
  applyRetention: [
    `applyRetention(until: "${JANUARY}", dryRun: false) { limit }`,
    ...["quarantined_rows", "snapshot_drops"],
  ],
  eraseUser: [
    `eraseUser(userId: "${USERS[5]}", reason: "a test") { id }`,
    ...["runs", "run_events", "erasure_secret", "erasure_keys", "dbos.workflow_status"],
  ],
  train: [`train(input: { asOf: "${JANUARY}" }) { id }`, "runs", "run_events", "dbos.workflow_status"],
  cancelRun: [`cancelRun(id: "${TRAINING}") { id }`, "runs", "run_events"],
  setAlertRule: [
    'setAlertRule(input: { name: "on-call", on: [DRIFT], channel: WEBHOOK, options: { url: "http://1.1.1.1", format: "SLACK" } }) { name }',
    "alert_rules",
  ],
  deleteAlertRule: ['deleteAlertRule(name: "on-call") { name }', "alert_deliveries", "alert_rules"],
  retryRun: [`retryRun(id: "${TRAINING}") { id }`, "runs", "run_events", "dbos.workflow_status"],
};
/** These queue a run as `train` does, or write one row by one statement. */
const NOT_TRIED = [
  ...[
    "ingest",
    "materialize",
    "verifyParity",
    "exportTrainingSet",
    "joinFeatures",
    "trainAndCompare",
    "trainExternally",
    "reproduce",
    "tune",
  ],
  ...[
    "detectDrift",
    "resnapshot",
    "backfill",
    "runSchedule",
    "removeModelAlias",
    "describeModel",
    "pauseSchedule",
    "resumeSchedule",
  ],
  ...["setSchedule", "deleteSchedule", "withdrawSnapshot"],
  // One row each, or several by one statement.
  ...["createToken", "revokeToken", "liftErasure", "testAlert", "retryAlertDelivery"],
  // Of each run what deleteRun does, in a transaction of its own.
  "applyRunRetention",
  // By killed-event-retention: this deployment has no events.
  "applyEventRetention",
  // It writes nothing.
  "scanDeliveries",
];

let cluster: Cluster;
/** Never killed. */
let other: GraphQLClient;
let training = "";
let started = 0;
/** The next one to be killed: it starts while the last case is looked at. */
let next: Promise<{ name: string; process: TestProcess }>;

/** Its sessions bear its name. */
async function startVictim() {
  const name = `victim ${++started}`;
  const url = new URL(cluster.url);
  url.searchParams.set("application_name", name);
  return { name, process: await cluster.start("api", { DATABASE_URL: url.href }) };
}

beforeAll(async () => {
  cluster = await startCluster();
  const engine = await cluster.start("all");
  for (const asOf of [DECEMBER, JANUARY]) {
    writeDelivery(cluster.dataDir, asOf, learnableMonth());
    expect(await engine.client.ingest(asOf, asOf)).toMatchObject({ error: null });
  }
  const registered = [randomUUID(), randomUUID(), randomUUID(), MODEL];
  for (const id of registered)
    await engine.client.query(`mutation { createRun(input: { id: "${id}" }) { id } }`);
  for (const id of registered.slice(0, 3)) await engine.client.query(`mutation { ${register(id)} }`);
  await engine.client.query("mutation { promote(input: { version: 1 }) { version } }");
  // From here on nothing changes but by what is asked.
  expect(await engine.stop()).toBe(0);
  other = (await cluster.start("api")).client;
  next = startVictim();
});
afterAll(async () => {
  await next;
  await cluster?.stop();
});

/** Of every table, asof's and the engine's, how many rows and what is in them. That it was asked for stays in the audit log. */
async function everything(): Promise<Record<string, string>> {
  const rows = await cluster.sql<{ name: string; content: string }>(
    `select n.nspname || '.' || relname as name, query_to_xml(format(
       'select count(*) as rows, md5(string_agg(t::text, chr(10) order by t::text)) as md5 from %I.%I t', n.nspname, relname),
       false, true, '')::text as content
     from pg_class c join pg_namespace n on n.oid = relnamespace
     where relkind = 'r' and n.nspname in ('public', 'staging', 'dbos')
       -- Cursors follow what is asked, a moment later and by whatever process.
       and relname not in ('audit_log', 'alert_cursors')`,
  );
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]));
}

/** Kills whoever is asked when it comes to the table, and waits until PostgreSQL has noticed. */
async function killAt(table: string, ask: string): Promise<void> {
  const { name, process } = await next;
  const session = await cluster.session();
  await session.query(`begin; lock table ${table} in share mode`);
  const answer = process.client.raw(`mutation { ${ask} }`).catch(() => "none");
  await waitsFor(cluster.sql, table);
  next = startVictim();
  await process.kill();
  expect(await answer).toBe("none");
  await session.end();
  await until("its sessions are gone", async () => {
    const sessions = await cluster.sql("select 1 from pg_stat_activity where application_name = $1", [name]);
    return sessions.length === 0;
  });
}

describe("a process that is killed (SIGKILL) in the middle of a mutation", () => {
  it.each(Object.entries(MUTATIONS))(
    "%s leaves nothing of it, and another process does it when it is asked again",
    async (field, [text, ...writes]) => {
      const ask = text.replace(TRAINING, training);
      const before = await everything();
      for (const table of GRID ? writes : writes.slice(-1)) {
        await killAt(table, ask);
        expect(await everything(), `killed at ${table}`).toEqual(before);
      }
      const answer = await other.query(`mutation { ${ask} }`);
      expect(await everything()).not.toEqual(before);
      if (field === "train") training = answer.train.id;
    },
    GRID ? 300_000 : 60_000,
  );

  it("is tried with every one that writes more than one row", () => {
    const fields = Object.keys(emittedSchema.getMutationType()!.getFields());
    expect([...Object.keys(MUTATIONS), ...NOT_TRIED].sort()).toEqual(fields.sort());
  });
});
