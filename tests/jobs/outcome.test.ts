import { afterAll, beforeAll, expect, it } from "vitest";
import { builtInRunKinds } from "../../src/jobs/run-kinds.js";
import { startTestApp, type TestApp } from "../support/app.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  movedMonth,
  promote,
  STRONG,
  USERS,
} from "../support/months.js";

const FEBRUARY = "2024-02-29";

const OUTCOME = `query($id: ID!) { run(id: $id) { status result outcome {
  __typename
  ... on IngestOutcome {
    unchanged snapshot { asOf revision } quarantinedBy { id }
    sources { source rows inserted updated unchanged quarantined } views { view written older }
  }
  ... on MaterializeOutcome { snapshot { asOf revision } views { view written older } }
  ... on TrainOutcome { version { model version } sha256 threshold }
  ... on CompareOutcome {
    decision reason metric delta difference lower upper comparedOn heldOutRows
    candidate { version } production { version } challengers { version }
    metrics { name candidate production } gates { name passed message }
  }
  ... on ReproduceOutcome {
    original { id } identical complete differences { what original reproduced } environment { what }
  }
  ... on TuneOutcome { version { version } best { number value run { id kind } } trials { number seconds problem } asked }
  ... on ParityOutcome { identical entities differing byView { store view differences missing extra } }
  ... on DriftOutcome { share driftedFeatures notCompared labelDrifted rowsBefore rowsAfter retraining { id } }
  ... on ExportOutcome { exported: rows columns files { name rows bytes sha256 } }
  ... on WithdrawOutcome { snapshot { asOf revision } live { name restored removed } online { name } pushes }
  ... on ExternalOutcome { warnings }
} } }`;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
  await promote(
    app,
    (await app.client.train({ asOf: JANUARY, seed: 1, params: STRONG })).modelVersion!.version,
  );
});
afterAll(() => app?.stop());

const read = async (id: string) => (await app.client.query(OUTCOME, { id })).run;

/** Starts a run by a mutation, and waits for its end. */
async function ran(mutation: string) {
  const started = await app.client.query(`mutation { run: ${mutation} { id outcome { __typename } } }`);
  expect(started.run.outcome).toBeNull();
  await app.client.finished(started.run.id);
  const run = await read(started.run.id);
  expect(run.status).toBe("SUCCEEDED");
  return { id: started.run.id as string, ...run };
}

it("every kind that asof brings declares its outcome, each by a name of its own", () => {
  const types = builtInRunKinds.map(({ outcome }) => outcome!.type);
  expect(new Set(types).size).toBe(builtInRunKinds.length);
});

it("an ingest says what it published, of each source and view; again, that it was published before", async () => {
  await ingestMonth(app, FEBRUARY, movedMonth());
  const { outcome, result } = await ran(`ingest(input: { source: "${FEBRUARY}", asOf: "${FEBRUARY}" })`);
  expect(outcome).toMatchObject({
    __typename: "IngestOutcome",
    unchanged: true,
    snapshot: { asOf: FEBRUARY, revision: 1 },
    quarantinedBy: null,
  });
  const { runs } = await app.client.query("{ runs(where: { kind: INGEST }, first: 3) { nodes { id } } }");
  const first = await read(runs.nodes[1].id);
  expect(first.outcome.unchanged).toBe(false);
  for (const { source, ...counts } of first.outcome.sources) {
    expect(counts).toEqual({ ...first.result.rows[source], quarantined: 0 });
  }
  expect(first.outcome.sources).toHaveLength(Object.keys(result.rows).length);
  for (const { view, ...counts } of first.outcome.views) expect(counts).toEqual(first.result.online[view]);
});

it("a materialization says what became of each view's rows", async () => {
  const { outcome, result } = await ran("materialize");
  expect(outcome).toMatchObject({
    __typename: "MaterializeOutcome",
    snapshot: { asOf: result.asOf, revision: result.revision },
  });
  expect(Object.fromEntries(outcome.views.map(({ view, written }: any) => [view, written]))).toEqual(
    result.written,
  );
});

it("a training gives its version, a reproduction the run that was done again", async () => {
  const trained = await ran(`train(input: { asOf: "${JANUARY}", seed: 5 })`);
  const { version, sha256, threshold } = trained.result;
  expect(trained.outcome).toEqual({
    __typename: "TrainOutcome",
    version: { model: "churn", version },
    sha256,
    threshold,
  });
  const { outcome } = await ran(`reproduce(runId: "${trained.id}")`);
  expect(outcome).toEqual({
    __typename: "ReproduceOutcome",
    original: { id: trained.id },
    identical: true,
    complete: true,
    differences: [],
    environment: [],
  });
});

it("a comparison gives both versions, their metrics on the same rows, and the gates", async () => {
  const { outcome, result } = await ran(
    `trainAndCompare(input: { asOf: "${JANUARY}", seed: 6 }, delta: 0.5)`,
  );
  expect(outcome).toMatchObject({
    __typename: "CompareOutcome",
    decision: "KEPT",
    reason: result.reason,
    delta: 0.5,
    candidate: { version: result.candidate.version },
    production: { version: 1 },
    challengers: result.challengers.map(({ version }: any) => ({ version })),
    difference: result.difference.observed,
    lower: result.difference.lower,
    comparedOn: result.comparedOn.asOf,
  });
  expect(outcome.metrics).toContainEqual({
    name: "auc",
    candidate: result.candidate.auc,
    production: result.production.auc,
  });
  expect(outcome.gates.at(-1)).toMatchObject({ name: "wins_by_delta", passed: false });
});

it("a search gives its trials with their runs, and the version of the best", async () => {
  const { outcome, result } = await ran(`tune(input: { asOf: "${JANUARY}", trials: 2 })`);
  expect(outcome).toMatchObject({
    __typename: "TuneOutcome",
    version: { version: result.best.version },
    best: {
      number: result.best.number,
      value: result.best.value,
      run: { id: result.best.runId, kind: "TRAIN" },
    },
    asked: 2,
  });
  expect(outcome.trials.map(({ number }: any) => number)).toEqual([1, 2]);
});

it("parity, drift, exports and withdrawals say what they found or did", async () => {
  expect((await ran("verifyParity")).outcome).toMatchObject({
    __typename: "ParityOutcome",
    identical: true,
    entities: USERS.length,
    differing: 0,
  });
  const drift = await ran(`detectDrift(input: { from: "${JANUARY}", to: "${FEBRUARY}" })`);
  expect(drift.outcome).toMatchObject({
    __typename: "DriftOutcome",
    share: drift.result.share,
    driftedFeatures: drift.result.driftedFeatures,
    rowsBefore: USERS.length,
    retraining: null,
  });
  const exported = await ran(
    `exportTrainingSet(input: { asOfFrom: "${JANUARY}", asOfTo: "${JANUARY}", formats: [CSV] })`,
  );
  expect(exported.outcome).toEqual({
    __typename: "ExportOutcome",
    exported: exported.result.rows,
    columns: exported.result.columns,
    files: exported.result.files,
  });
  const withdrawn = await ran(`withdrawSnapshot(asOf: "${FEBRUARY}", reason: "a test")`);
  expect(withdrawn.outcome).toMatchObject({
    __typename: "WithdrawOutcome",
    snapshot: { asOf: FEBRUARY, revision: 1 },
    pushes: 0,
  });
  expect(withdrawn.outcome.live).toHaveLength(Object.keys(withdrawn.result.live).length);
});

it("what an earlier release did not store, or stored otherwise, is null; the rest is there", async () => {
  const { id, outcome } = await ran("materialize");
  await app.sql("update runs set result = result - 'older' - 'revision' where id = $1", [id]);
  const old = await read(id);
  expect(old.outcome).toMatchObject({ __typename: "MaterializeOutcome", snapshot: null });
  expect(old.outcome.views).toHaveLength(outcome.views.length);
  await app.sql(`update runs set result = '{"written": "all of it"}' where id = $1`, [id]);
  expect((await read(id)).outcome).toEqual({ __typename: "MaterializeOutcome", snapshot: null, views: null });
});

it("of a run that failed after it had left something, that is its outcome; of one that left nothing it is null", async () => {
  const { id } = await ran(`train(input: { asOf: "${JANUARY}", seed: 7 })`);
  await app.sql(`update runs set status = 'FAILED', result = '{"version": 1}' where id = $1`, [id]);
  expect((await read(id)).outcome).toEqual({
    __typename: "TrainOutcome",
    version: { model: "churn", version: 1 },
    sha256: null,
    threshold: null,
  });
  await app.sql("update runs set result = null where id = $1", [id]);
  expect((await read(id)).outcome).toBeNull();
});

it("an ingest that failed after it had published says what it published", async () => {
  const { runs } = await app.client.query("{ runs(where: { kind: INGEST }, first: 1) { nodes { id } } }");
  const [{ id }] = runs.nodes;
  const counts = { rows: 3, inserted: 1, updated: 1, unchanged: 1 };
  const published = { tables: { subscriptions: counts }, snapshotId: 1, revision: 1, newSnapshot: true };
  await app.sql("update runs set status = 'FAILED', result = $2 where id = $1", [
    id,
    JSON.stringify({ published }),
  ]);
  expect((await read(id)).outcome).toMatchObject({
    snapshot: { asOf: FEBRUARY, revision: 1 },
    sources: [{ source: "subscriptions", ...counts, quarantined: 0 }],
  });
});
