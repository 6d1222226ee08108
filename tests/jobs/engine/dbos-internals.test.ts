import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { StatusString } from "@dbos-inc/dbos-sdk";
import { migrateSystemDatabase } from "@dbos-inc/dbos-sdk/internal/system_database";
import { GlobalLogger } from "@dbos-inc/dbos-sdk/internal/telemetry/logs";
import { wfQueueRunner } from "@dbos-inc/dbos-sdk/internal/wfqueue";
import { workflowTimeoutConfig, workflowTimeoutLoop } from "@dbos-inc/dbos-sdk/internal/workflow_management";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool, withTransaction } from "../../../src/db/pool.js";
import {
  DBOS_SCHEMA,
  OF_EXECUTOR,
  OF_WORKFLOW,
  PENDING_WORKFLOWS,
  WAITING_QUEUES,
} from "../../../src/jobs/engine/dbos-internals.js";
import { connectClient } from "../../../src/jobs/engine/dispatcher.js";
import { createMigratedDatabase, type TestDatabase } from "../../support/database.js";

// A DBOS that differs here may still do: read what became of the part, run tests/jobs/engine and tests/faults, and only then
// write down the new value.

const sha256 = (code: unknown) => createHash("sha256").update(String(code)).digest("hex").slice(0, 16);

describe("DBOS is the one that asof was written for", () => {
  it("in the version that is installed", async () => {
    const { version } = JSON.parse(await readFile("node_modules/@dbos-inc/dbos-sdk/package.json", "utf8"));
    expect(version).toBe("5.3.0");
  });

  it.each([
    ["runDispatchLoop", "2eb77c12bfb0501b"],
    ["schedulerLoop", "4793824579a9e43d"],
    ["pollQueue", "8a3688d56257e0c3"],
    ["refreshDbQueues", "08b2d6625beddd08"],
  ])("in its queue runner's %s, which asof replaces or relies on", (name, code) => {
    const prototype: Record<string, unknown> = Object.getPrototypeOf(wfQueueRunner);
    expect(sha256(prototype[name])).toBe(code);
  });

  it("in how it looks for workflows whose time is over, of which asof has none", () => {
    expect(sha256(workflowTimeoutLoop)).toBe("cc4156adef85c408");
    expect(Object.keys(workflowTimeoutConfig)).toEqual(["pollingIntervalMs", "batchSize"]);
  });

  it("in how it migrates with a logger of asof's", () => {
    expect([sha256(migrateSystemDatabase), migrateSystemDatabase.length]).toEqual(["24b97e12209c78ae", 2]);
    const lines: unknown[] = [];
    const write = (entry: unknown) => void lines.push(entry);
    const logger = new GlobalLogger(undefined, {
      logger: { info: write, debug: write, warn: write, error: write },
    });
    logger.info("a line");
    expect(lines).toEqual(["a line"]);
  });
});

describe("DBOS's tables are those that asof reads", () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    pool = createPool(database.url, 2);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it("with their columns", async () => {
    const { rows } = await pool.query(
      `select column_name as name, data_type as type from information_schema.columns
       where table_schema = $1 and table_name = 'workflow_status' and column_name = any($2) order by 1`,
      [DBOS_SCHEMA, ["workflow_uuid", "status", "executor_id", "queue_name", "application_version"]],
    );
    expect(rows).toEqual([
      { name: "application_version", type: "text" },
      { name: "executor_id", type: "text" },
      { name: "queue_name", type: "text" },
      { name: "status", type: "text" },
      { name: "workflow_uuid", type: "text" },
    ]);
  });

  it("with a workflow that waits in its queue", async () => {
    const client = await connectClient(database.url);
    const waiting = () =>
      pool.query(WAITING_QUEUES, [["asof_export", "asof_judging"]]).then(({ rows }) => rows);
    expect(await waiting()).toEqual([]);
    await withTransaction(pool, (tx) =>
      client.enqueueInTransaction(tx, {
        queueName: "asof_export",
        workflowName: "none",
        workflowID: "w:0",
        appVersion: "asof-1",
      }),
    );
    await client.destroy();
    expect(await waiting()).toEqual([{ name: "asof_export" }]);
  });

  it("with a workflow that an executor claimed as PENDING and its", async () => {
    expect(StatusString.PENDING).toBe("PENDING");
    const client = await connectClient(database.url);
    await withTransaction(pool, (tx) =>
      client.enqueueInTransaction(tx, {
        queueName: "asof_data",
        workflowName: "none",
        workflowID: "w:1",
        appVersion: "asof-1",
      }),
    );
    await client.destroy();
    const pending = (condition: string, values: unknown[]) =>
      pool.query(`${PENDING_WORKFLOWS} and ${condition}`, values).then(({ rows }) => rows);
    expect(await pending(OF_WORKFLOW, ["w:1", "me"])).toEqual([]);
    await pool.query(
      `update ${DBOS_SCHEMA}.workflow_status set status = 'PENDING', executor_id = 'me' where workflow_uuid = 'w:1'`,
    );
    const claimed = { executorId: "me", workflowId: "w:1", queue: "asof_data" };
    expect(await pending(OF_WORKFLOW, ["w:1", "me"])).toEqual([claimed]);
    expect(await pending(OF_EXECUTOR, ["me"])).toEqual([claimed]);
  });
});
