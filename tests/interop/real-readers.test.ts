import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestReceiver } from "../lineage/receiver.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { asofHere } from "../support/cli.js";
import { smallDelivery, writeDelivery } from "../support/delivery.js";
import { ingestMonth, learnableMonth, promote, USERS } from "../support/months.js";
import { askedClients, runOfClient } from "../support/python-clients.js";
import { until } from "../support/until.js";

const readers = ["openapi", "hive", "lineage"].filter((name) => askedClients.includes(name));

/** What schemathesis looks at; that a method is not offered is 404 here, and a value of another type is taken where it means the same. */
const CHECKED = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
];
const MINUTES = 1_800_000;

const script = (name: string): string => resolve("tests/interop/scripts", name);

describe.skipIf(readers.length === 0)("readers of what asof writes (npm run test:clients)", () => {
  let app: TestApp;
  let receiver: TestReceiver;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "asof-readers-"));
    receiver = new TestReceiver();
    await receiver.start();
    const url = `${receiver.url}/api/v1/lineage`;
    app = await startTestApp({ lineage: { url, apiKey: null, namespace: "tests", keepDays: 7 } });
    for (const asOf of ["2024-01-31", "2024-02-29"]) await ingestMonth(app, asOf, learnableMonth());
    const { error } = await app.client.train({ asOf: "2024-01-31" });
    expect(error).toBeNull();
    await promote(app, 1, { force: true, reason: "to be asked" });
  }, 300_000);
  afterAll(async () => {
    await app?.stop();
    await receiver?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.skipIf(!readers.includes("hive"))(
    "DuckDB, Polars and pyarrow read an export in folders by date, each with one line",
    { timeout: MINUTES },
    async () => {
      const { exportTrainingSet } = await app.client.query(
        'mutation { exportTrainingSet(input: { asOfFrom: "2024-01-31", asOfTo: "2024-02-29", formats: [HIVE] }) { id } }',
      );
      const done = await app.client.finished(exportTrainingSet.id);
      const { code } = await asofHere(["download", done.id, "--to", folder], { ASOF_URL: app.asof.address });
      expect(code).toBe(0);
      const read = JSON.parse(
        await runOfClient("hive", "python", [script("read_hive.py"), join(folder, "training_set")]),
      );
      const { files, columns } = done.result as { files: { rows: number }[]; columns: string[] };
      const rows = { "2024-01-31": files[0]!.rows, "2024-02-29": files[1]!.rows };
      expect(read.duckdb).toMatchObject({ rows, as_of: "DATE", one: rows["2024-02-29"] });
      expect(read.polars).toMatchObject({ rows, as_of: "Date", keys: read.duckdb.keys });
      expect(read.pyarrow).toMatchObject({ rows, keys: read.duckdb.keys });
      for (const reader of ["duckdb", "polars", "pyarrow"])
        expect(read[reader].columns).toEqual(columns.toSorted());
    },
  );

  it.skipIf(!readers.includes("lineage"))(
    "the classes of openlineage-python take every event and every facet",
    { timeout: MINUTES },
    async () => {
      writeDelivery(app.dataDir, "broken", {
        ...smallDelivery(USERS),
        payments_agg_90d: ["user_id,failed_payments_90d", `${USERS[0]},-1`],
      });
      const failed = await app.client.ingest("broken", "2024-03-31");
      const { exportTrainingSet } = await app.client.query(
        'mutation { exportTrainingSet(input: { asOfFrom: "2024-01-31", asOfTo: "2024-01-31" }) { id } }',
      );
      await app.client.finished(exportTrainingSet.id);
      const { trainAndCompare } = await app.client.query(
        'mutation { trainAndCompare(input: { asOf: "2024-01-31", algorithm: LOGISTIC_REGRESSION }) { id } }',
      );
      await app.client.finished(trainAndCompare.id);
      for (const id of [failed.id, exportTrainingSet.id, trainAndCompare.id])
        await until(`the end of ${id} is received`, () => receiver.hasEnded(id));
      const events = receiver.received.map(({ event }) => event);
      const file = join(folder, "events.json");
      writeFileSync(file, JSON.stringify(events));
      const read = JSON.parse(await runOfClient("lineage", "python", [script("read_lineage.py"), file]));
      expect(read.events).toBe(events.length);
      expect(read.facets).toEqual(
        expect.arrayContaining([
          ...["dataQualityAssertions", "dataQualityMetrics", "dataSource", "errorMessage", "jobType"],
          ...["nominalTime", "outputStatistics", "parent", "processing_engine", "schema", "version"],
        ]),
      );
    },
  );

  it.skipIf(!readers.includes("openapi"))(
    "schemathesis finds no status of 500, and no answer that /openapi.json does not have",
    { timeout: MINUTES },
    async () => {
      const stdout = await runOfClient("openapi", "schemathesis", [
        ...["run", `${app.asof.address}/openapi.json`],
        ...["--checks", CHECKED.join(",")],
        // Of MLflow's two prefixes, which have the same routes, the one that all its releases call.
        ...["--exclude-path-regex", "^/mlflow/api/3.0/"],
        ...["--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "16"],
        ...["--request-timeout", "30", "--generation-database", "none", "--no-color"],
        // Of bodies with many fields, beside other work of the machine.
        ...["--suppress-health-check", "too_slow"],
      ]);
      expect(stdout).toMatch(/Test cases:\s+(\d{4,}) generated, \1 passed\s/);
    },
  );
});
