import { Writable } from "node:stream";
import { parquetReadObjects } from "hyparquet";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/auth/identity.js";
import { readTar } from "../../src/registry/archive/tar-members.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { servicesFor } from "../../src/services/masked-services.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { asofHere } from "../support/cli.js";
import {
  clinic,
  clinicDelivery,
  personalOf,
  REFUSED,
  refusedDelivery,
  SECRETS,
  SPOILT,
} from "../support/clinic.js";
import { writeDelivery } from "../support/delivery.js";
import { GraphQLClient } from "../support/graphql.js";
import { schemaFileOf } from "../support/schema.js";
import { subscribe } from "../support/subscribe.js";
import { until } from "../support/until.js";
import { type Asked, everyDoor } from "./every-door.js";

const definitions = clinic(true);
const REQUEST = "request: { debt: 953000.75, months: 3 }";
const roles = ["viewer", "operator", "admin"] as const;
/** What whoever must not see it never gets, whatever it is found in. */
const needles = [...new Set([...SECRETS, ...SPOILT, REFUSED, "731999.5"])];

let app: TestApp;
let log = "";
const tokens = new Map<Role, string>();
const clients = new Map<Role, GraphQLClient>();
const runs: Record<string, string> = {};
const client = (role: Role) => clients.get(role)!;

/** What is secret in a text, also within what is encoded in it, such as cursors. */
function secretsIn(text: string): string[] {
  const decoded = (text.match(/[A-Za-z0-9_-]{16,}/g) ?? []).map((word) =>
    Buffer.from(word, "base64url").toString("latin1"),
  );
  const all = [text, ...decoded].join("\n");
  return needles.filter((needle) => all.includes(needle));
}

async function send(role: Role, path: string, body?: unknown): Promise<[number, string]> {
  const response = await fetch(`${app.asof.address}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${tokens.get(role)!}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return [response.status, Buffer.from(await response.arrayBuffer()).toString("latin1")];
}

const ASKED = "patient_id,as_of\nP001,2024-02-01\n";

const sendFile = (query: string, role?: Role) =>
  fetch(`${app.asof.address}/historical-features?${query}`, {
    method: "POST",
    headers: {
      "content-type": "text/csv",
      ...(role && { authorization: `Bearer ${tokens.get(role)!}` }),
    },
    body: ASKED,
  });

/** A run that has joined the file: its id. */
async function joinBegun(query: string, role?: Role): Promise<string> {
  const begun = await sendFile(query, role);
  expect(begun.status).toBe(202);
  const { run } = (await begun.json()) as { run: string };
  expect(await (role ? client(role) : app.client).finished(run)).toMatchObject({ error: null });
  return run;
}

async function ingested(source: string, asOf: string): Promise<string> {
  const { id, error } = await app.client.ingest(source, asOf);
  const failures = error && log.split("\n").filter((line) => line.includes('"err"'));
  expect([source, error, failures]).toEqual([source, null, null]);
  return id;
}

async function started(mutation: string, role?: Role) {
  const on = role ? client(role) : app.client;
  const data = await on.query<Record<string, { id: string }>>(`mutation { ${mutation} { id } }`);
  return on.finished(Object.values(data)[0]!.id);
}

beforeAll(async () => {
  const logger = pino(
    { level: "trace" },
    new Writable({
      write(chunk, _encoding, done) {
        log += chunk;
        done();
      },
    }),
  );
  app = await startTestApp({
    definitions,
    logger,
    predictionLog: { sample: 1, perSecond: 1_000, keepDays: 30 },
  });
  writeDelivery(app.dataDir, "january", clinicDelivery({ spoilt: true }));
  writeDelivery(app.dataDir, "february", clinicDelivery({ moved: true }));
  writeDelivery(app.dataDir, "refused", refusedDelivery());
  runs.ingest = await ingested("january", "2024-01-31");
  runs.second = await ingested("february", "2024-02-29");
  runs.refused = (await app.client.ingest("refused", "2024-03-31")).id;
  const trained = await app.client.train({ asOf: "2024-01-31", algorithm: "GRADIENT_BOOSTING" });
  runs.train = trained.id;
  await app.client.query(
    'mutation { promote(input: { version: 1, force: true, reason: "a test" }) { version } }',
  );
  await app.client.query(`{ predictMany(patientIds: ["P001", "P002"], ${REQUEST}) { error { message } } }`);
  await until("the predictions are logged", async () => {
    const [row] = await app.sql("select count(*)::int as count from prediction_log");
    return row!.count >= 2;
  });
  await app.sql("update profile_online set weight = 731999.5 where patient_id = 'P005'");
  await app.sql("update profile_online set nickname = null where patient_id = 'P010'");
  runs.parity = (await started("verifyParity")).id;
  runs.drift = (await started('detectDrift(input: { from: "2024-01-31", to: "2024-02-29" })')).id;
  runs.export = (await started('exportTrainingSet(input: { asOfFrom: "2024-01-31" })')).id;
  runs.join = await joinBegun("service=default_risk&run=true");
  for (const role of roles) {
    const { token } = await app.asof.services.tokens.create({ name: role, role, createdBy: "a test" });
    tokens.set(role, token);
    clients.set(role, new GraphQLClient(app.asof.address, role, token));
  }
});
afterAll(() => app?.stop());

/** By `Type.field`: what each door is asked with. */
function asked(): Asked {
  const run = (name: string) => `"${runs[name]}"`;
  return {
    "Query.runs": "(first: 10)",
    "Query.snapshots": "(first: 3)",
    "Run.events": "(first: 20)",
    "Run.children": "(first: 2)",
    "Query.features": '(patientId: "P001")',
    "Query.historicalFeatures": '(rows: [{ patientId: "P001", asOf: "2024-02-01" }])',
    "Query.patient": '(patientId: "P001")',
    "Query.featureView": '(name: "profile")',
    "Query.featureService": '(name: "default_risk")',
    "Query.featureProfile": '(view: "profile", asOf: "2024-01-31")',
    "Snapshot.featureProfile": '(view: "paid")',
    "Query.snapshot": '(asOf: "2024-01-31")',
    "Query.snapshotDiff": '(from: "2024-01-31", to: "2024-02-29")',
    "Query.run": `(id: ${run("refused")})`,
    "Query.compareRuns": `(ids: [${run("ingest")}, ${run("train")}])`,
    "Query.experiment": '(name: "Default")',
    "Query.model": '(name: "default_risk")',
    "Query.modelVersion": '(model: "default_risk", version: 1)',
    "Query.predict": `(patientId: "P001", ${REQUEST})`,
    "Query.predictMany": `(patientIds: ["P001"], ${REQUEST})`,
    "Query.predictFor": `(service: "default_risk", key: { patient_id: "P001" }, ${REQUEST}, log: false)`,
    "Query.node": '(id: "patient:P001")',
    "Query.nodes": '(ids: ["patient:P001", "snapshot:2024-01-31:1"])',
    "Query.entityRow": '(entity: "patient", key: { patient_id: "P001" })',
    "Query.entityRows": '(entity: "patient")',
    "Query.promotionCheck": '(model: "default_risk", version: 1)',
    "Query.erasureReach": '(patientId: "P001")',
    "Query.driftHistory": '(model: "default_risk")',
    "Query.schedule": '(name: "nightly")',
    "Query.compareVersions": '(model: "default_risk", version: 1, with: 1)',
    "Run.metric": '(name: "auc")',
    "Run.metricHistory": '(name: "auc")',
    "ModelVersion.metric": '(name: "auc")',
    "RegisteredModel.alias": '(name: "best")',
  };
}

it("no field of the schema has a personal value for who may not see it; the others have theirs", async () => {
  const doors = everyDoor(await buildAsofSchema(definitions), asked(), {
    first: ["runs", "snapshots", "models"],
    last: ["node", "nodes", "run"],
  });
  const showing = new Map<Role, string[]>(roles.map((role) => [role, []]));
  const unrecorded: string[] = [];
  for (const { name, document } of doors) {
    for (const role of roles) {
      const before = await lastRead();
      const answer = JSON.stringify(await client(role).raw(document));
      expect([name, /GRAPHQL_VALIDATION_FAILED|QUERY_TOO_COMPLEX/.test(answer) && answer]).toEqual([
        name,
        false,
      ]);
      if (secretsIn(answer).length > 0) showing.get(role)!.push(name);
      if (secretsIn(answer).length > 0 && (await lastRead()) === before) unrecorded.push(name);
    }
  }
  expect(unrecorded).toEqual([]);
  expect(showing.get("viewer")).toEqual([]);
  expect(showing.get("operator")).toEqual([]);
  expect(showing.get("admin")).toEqual(expect.arrayContaining(SHOWN));
});

/** Where an admin sees them: what is not among these is no door that the test before goes through. */
const SHOWN = [
  "Query.features",
  "PatientFeatures.values",
  "Query.historicalFeatures",
  "Query.patient",
  "Query.entityRow",
  "EntityRow.features",
  "Query.featureProfile",
  "FeatureProfile.histogram",
  "Snapshot.featureProfile",
  "FeatureDiff.shares",
  "Query.predict",
  "Prediction.featuresUsed",
  "Prediction.features",
  "Prediction.contributions",
  "PredictionLogConnection.nodes",
  "ExpectationResult.sample",
  "QuarantinedRowConnection.nodes",
];

/** The last entry of the audit log about personal values. */
const lastRead = async (): Promise<string> =>
  (await app.sql("select max(id)::text as id from audit_log where action = 'personal.read'"))[0]!.id;

describe("what somebody is shown of personal values", () => {
  const readBy = async (ask: () => Promise<unknown>) => {
    const before = (await lastRead()) ?? "0";
    await ask();
    const entries = await app.sql(
      `select actor, role, subject, outcome, details from audit_log
       where action = 'personal.read' and id > $1 order by audit_log.id`,
      [before],
    );
    expect(secretsIn(JSON.stringify(entries))).toEqual([]);
    return entries.map(({ details, ...entry }) => ({ ...entry, columns: JSON.parse(details).columns }));
  };
  const features = (of: string) => () => client("admin").query(`{ features(patientId: "P001") { ${of} } }`);

  it("is on record with its columns: those that were asked for, and no value", async () => {
    const common = { actor: "admin", role: "admin", outcome: "DONE", subject: "POST /graphql" };
    expect(await readBy(features("values { nickname region }"))).toEqual([
      { ...common, columns: ["nickname"] },
    ]);
    expect(await readBy(features("values { region }"))).toEqual([]);
    expect(await readBy(() => client("viewer").query(`{ features(patientId: "P001") { json } }`))).toEqual(
      [],
    );
    const [whole] = await readBy(features("json"));
    expect(whole!.columns).toEqual(expect.arrayContaining(["income", "nickname", "weight"]));
  });

  it("is none where a prediction is asked for without what it was made of", async () => {
    const predict = (of: string) => () =>
      client("admin").query(`{ predict(patientId: "P001", ${REQUEST}) { ${of} } }`);
    expect(await readBy(predict("probability"))).toEqual([]);
    expect((await readBy(predict("features { json }")))[0]!.columns).toContain("income");
  });

  it("is on record over REST, of files, and over WebSocket by the operation's name", async () => {
    const [rest] = await readBy(() => send("admin", "/features/P001"));
    expect(rest).toMatchObject({ subject: expect.stringMatching(/^GET \/features\//), actor: "admin" });
    const { run } = await client("admin").query(
      "query ($id: ID!) { run(id: $id) { artifacts { name url } } }",
      {
        id: runs.export,
      },
    );
    const { url } = run.artifacts.find(({ name }: { name: string }) => name === "training_set.csv");
    const [file] = await readBy(() => send("admin", url));
    expect(file!.columns).toContain("income");
    const [joined] = await readBy(() =>
      sendFile("service=default_risk", "admin").then((each) => each.text()),
    );
    expect(joined).toMatchObject({ subject: "POST /historical-features" });
    const socket = { token: tokens.get("admin")! };
    const [over] = await readBy(async () => {
      const document = '{ features(patientId: "P001") { values { nickname } } }';
      const asked = subscribe<object>(app.asof.address, "features", document, {}, socket);
      await asked.gets("the features", () => true).finally(() => asked.leave());
    });
    expect(over).toMatchObject({ subject: "WebSocket", actor: "admin", columns: ["nickname"] });
  });
});

it("masked is not null: states and lists tell it", async () => {
  const document = `{
    viewer { seesPersonal }
    features(patientId: "P010") { values { nickname region } json statuses { name status } }
    entityRow(entity: "patient", key: { patient_id: "P001" }) { attributes masked }
    predict(patientId: "P001", ${REQUEST}) { probability request contributions { feature value masked } features { statuses { name status } } }
    featureService(name: "default_risk") { features { name personal } }
    predictions { nodes { features masked featuresSha256 } }
  }`;
  const [viewer, admin] = [await client("viewer").query(document), await client("admin").query(document)];
  expect([viewer.viewer, admin.viewer]).toEqual([{ seesPersonal: false }, { seesPersonal: true }]);
  const statusOf = (answer: any, name: string) =>
    answer.features.statuses.find((status: any) => status.name === name).status;
  expect([statusOf(viewer, "nickname"), statusOf(viewer, "region"), statusOf(admin, "weight")]).toEqual([
    "MASKED",
    "PRESENT",
    "PRESENT",
  ]);
  expect(viewer.features.json).toMatchObject({ nickname: null, weight: null, region: "south" });
  expect(viewer.entityRow.masked).toEqual(["nickname", "weight"]);
  expect(admin.entityRow).toMatchObject({ masked: [], attributes: { weight: personalOf(1).weight } });
  expect(viewer.predict.probability).toBe(admin.predict.probability);
  expect(viewer.predict.request).toEqual({ debt: null, months: 3 });
  const ofBurden = viewer.predict.contributions.find(({ feature }: any) => feature === "burden");
  expect(ofBurden).toEqual({ feature: "burden", value: null, masked: true });
  const personal = viewer.featureService.features.filter((each: any) => each.personal);
  expect(personal.map(({ name }: any) => name).sort()).toEqual(
    ["burden", "debt", "greatest", "income", "nickname", "paid_90d", "weight"].sort(),
  );
  const [mine, theirs] = [viewer.predictions.nodes[0], admin.predictions.nodes[0]];
  expect(mine.masked.sort()).toEqual(
    ["burden", "debt", "greatest", "income", "nickname", "paid_90d", "weight"].sort(),
  );
  // A hash of values that can be guessed tells them.
  expect(mine.featuresSha256).not.toBe(theirs.featuresSha256);
});

it("REST and Feast answer the same", async () => {
  for (const role of ["viewer", "operator"] as const) {
    const [status, text] = await send(role, "/features/P001");
    expect([status, secretsIn(text)]).toEqual([200, []]);
    expect(JSON.parse(text)).toMatchObject({ features: { weight: null, region: "north" } });
    expect(JSON.parse(text).masked).toContain("weight");
    const predict = { patient_id: "P001", request: { debt: 953_000.75, months: 3 } };
    const [code, predicted] = await send(role, "/predict", predict);
    expect([code, secretsIn(predicted)]).toEqual([200, []]);
    expect(JSON.parse(predicted).masked).toContain("burden");
    const online = { features: ["profile:weight", "profile:region"], entities: { patient_id: ["P001"] } };
    const [ok, answer] = await send(role, "/feast/get-online-features", online);
    expect([ok, secretsIn(answer)]).toEqual([200, []]);
    expect(JSON.parse(answer).results[1]).toMatchObject({ values: [null], statuses: ["INVALID"] });
  }
  const [, text] = await send("admin", "/features/P001");
  expect(JSON.parse(text)).toMatchObject({ features: { weight: personalOf(1).weight } });
  expect(JSON.parse(text).masked).toBeUndefined();
});

it("an export leaves personal features out, is refused where they are named, and its file is not for others", async () => {
  const own = await started('exportTrainingSet(input: { asOfFrom: "2024-01-31" })', "operator");
  expect(own.result.columns).toEqual([
    "as_of",
    "patient_id",
    "limit",
    "region",
    "nights",
    "months",
    "defaulted",
  ]);
  for (const { url } of own.artifacts) {
    const [status, bytes] = await send("viewer", url);
    expect([status, secretsIn(bytes)]).toEqual([200, []]);
  }
  const named =
    'mutation { exportTrainingSet(input: { asOfFrom: "2024-01-31", features: ["burden", "region"] }) { id } }';
  expect(await client("operator").error(named)).toMatchObject({
    code: "FORBIDDEN",
    personal: ["burden"],
    needed: "admin",
  });
  const { runs: all } = await client("viewer").query(
    "{ runs(first: 100) { nodes { kind artifacts { name url } } } }",
  );
  const refused: string[] = [];
  for (const { kind, artifacts } of all.nodes) {
    for (const { name, url } of artifacts) {
      const [status, bytes] = await send("viewer", url);
      expect([name, secretsIn(bytes)]).toEqual([name, []]);
      if (status === 403) refused.push(`${kind} ${name}`);
      else expect([name, status]).toEqual([name, 200]);
      expect([name, (await send("admin", url))[0]]).toEqual([name, 200]);
    }
  }
  expect(refused.sort()).toEqual([
    "EXPORT training_set.csv",
    "EXPORT training_set.parquet",
    "JOIN asked.csv",
    "JOIN features.parquet",
    "TRAIN model.onnx",
  ]);
});

it("a version is exported by who may have its file, and no value of anybody goes with it", async () => {
  const address = "/models/default_risk/versions/1/export";
  const [status, refusal] = await send("operator", address);
  expect([status, JSON.parse(refusal).error]).toEqual([
    403,
    expect.objectContaining({ code: "FORBIDDEN", needed: "admin" }),
  ]);
  const [taken, archive] = await send("admin", address);
  expect(taken).toBe(200);
  const members = await readTar([Buffer.from(archive, "latin1")], 1 << 28);
  expect(members.length).toBeGreaterThan(5);
  // The model itself knows the categories that it learned from: that is why it is not for everybody.
  const telling = members.filter(({ bytes }) => secretsIn(Buffer.from(bytes).toString("latin1")).length > 0);
  expect(telling.map(({ name }) => name)).toEqual(["model.onnx"]);
});

it("a file is joined without personal features, refused where they are named, and a run's answer is not for others", async () => {
  const shown = ["patient_id", "as_of", "limit", "region", "nights"];
  const of = async (response: Response) =>
    (await parquetReadObjects({ file: await response.arrayBuffer() })) as Record<string, unknown>[];
  for (const role of ["viewer", "operator"] as const) {
    const [row] = await of(await sendFile("service=default_risk&statuses=true", role));
    expect(Object.keys(row!)).toEqual([...shown, ...shown.slice(2).map((name) => `${name}__status`)]);
    const [own] = await of(await sendFile("entity=patient", role));
    expect([Object.keys(own!).sort(), secretsIn(JSON.stringify(own))]).toEqual([[...shown].sort(), []]);
    const named = await sendFile("service=default_risk&features=weight,region", role);
    const { error } = (await named.json()) as { error: Record<string, unknown> };
    expect([named.status, error]).toEqual([
      403,
      expect.objectContaining({ code: "FORBIDDEN", personal: ["weight"], needed: "admin" }),
    ]);
  }
  expect((await sendFile("service=default_risk&run=true", "viewer")).status).toBe(403);
  const [whole] = await of(await sendFile("service=default_risk", "admin"));
  expect(whole).toMatchObject({ weight: personalOf(1).weight });
  // What an operator's run wrote has nothing that they may not see; what was sent is known to who sent it.
  const id = await joinBegun("service=default_risk&run=true", "operator");
  const { run } = await client("viewer").query(
    "query($id: ID!) { run(id: $id) { outcome { ... on JoinOutcome { columns } } artifacts { name url } } }",
    { id },
  );
  expect(run.outcome.columns).toEqual(shown);
  const answered = await Promise.all(
    run.artifacts.map(async ({ name, url }: any) => [name, (await send("viewer", url))[0]]),
  );
  // The same bytes as those that the admin's run was sent.
  expect(answered.sort()).toEqual([
    ["asked.csv", 403],
    ["features.parquet", 200],
  ]);
  // An error would quote what is in the columns.
  const joinAgain = "mutation($input: JoinFeaturesInput!) { joinFeatures(input: $input) { id } }";
  const input = { runId: runs.join, artifact: "asked.csv", service: "default_risk", features: ["region"] };
  expect(await client("operator").error(joinAgain, { input })).toMatchObject({ code: "FORBIDDEN" });
});

it("a push quotes no personal value, in its error and in its warnings", async () => {
  const push = (values: string) =>
    client("operator").raw(
      `mutation { push(input: { view: "profile", rows: [{ patientId: "P001", asOf: "2024-03-01", values: ${values} }] }) { warnings { column value rule } } }`,
    );
  const refused = await push('{ weight: "zqrefusedwv" }');
  expect(refused.errors![0]!.message).toMatch(/column weight: \(masked\) must be a finite number/);
  // What is kept of the row, and was not pushed, is not for the operator.
  const warned = await push("{ limit: 5 }");
  expect(warned.data!.push.warnings).toEqual([
    { column: "limit", value: "(masked)", rule: "must be greater than weight" },
  ]);
  expect(secretsIn(JSON.stringify([refused, warned]))).toEqual([]);
});

it("events, live or replayed, and errors of runs quote nothing", async () => {
  const { run } = await client("viewer").query(
    "query($id: ID!) { run(id: $id) { error { message } validation { expectations { column expectation masked sample { value } } } } }",
    { id: runs.refused },
  );
  expect(run.error.message).toMatch(
    /stays\.csv, line 81, column income: a value must be a finite number \(type\)/,
  );
  const broken = run.validation.expectations.find(
    (each: any) => each.column === "income" && each.expectation === "type",
  );
  expect(broken).toMatchObject({ masked: true, sample: [{ value: null }] });
  const events = subscribe<any>(
    app.asof.address,
    "runEvents",
    "subscription($id: ID) { runEvents(runId: $id) { message data status run { error { message } } } }",
    { id: runs.refused },
    { authorization: `Bearer ${tokens.get("viewer")!}` },
  );
  await events.gets("the run has failed", ({ status }) => status === "FAILED");
  await events.leave();
  expect(secretsIn(JSON.stringify(events.received))).toEqual([]);
  expect(JSON.stringify(events.received)).not.toContain("withheld");
});

it("the command line says masked", async () => {
  const env = {
    ASOF_URL: app.asof.address,
    ASOF_TOKEN: tokens.get("viewer")!,
    ASOF_SCHEMA: await schemaFileOf(definitions),
  };
  for (const args of [
    ["features", "P001"],
    ["entity-row", "patient", '{"patient_id":"P001"}'],
    ["explain", "P001", "--request", '{"debt":953000.75,"months":3}'],
  ]) {
    const { code, out, err } = await asofHere(args, env);
    expect([args[0], code, err, secretsIn(out)]).toEqual([args[0], 0, "", []]);
    expect(out).toMatch(/\bmasked\b/);
  }
});

it("what was written before a column was declared personal is withheld", async () => {
  const before = await app.sql("select environment from runs where id = $1", [runs.refused]);
  expect(before[0]!.environment.personalColumns).toContain("stays.income");
  await app.sql("update runs set environment = environment - 'personalColumns' where id = any($1)", [
    [runs.refused, runs.parity],
  ]);
  const viewer = servicesFor(app.asof.services, { role: "viewer", kind: "token", seesPersonal: false });
  const [refused] = await viewer.runs.findByIds([runs.refused!]);
  expect(refused!.error!.message).toMatch(/^withheld: /);
  const [events] = await viewer.runs.events([runs.refused!], null, 100);
  expect(events!.filter(({ message }) => !message.startsWith("withheld: "))).toEqual([]);
  const [files] = await viewer.runs.artifacts([runs.parity!], 10, null);
  await expect(viewer.artifacts.open(files![0]!.sha256)).rejects.toMatchObject({ code: "FORBIDDEN" });
});

it("no log line has a personal value, whoever caused it", () => {
  expect(log).toContain('"msg":"request"');
  expect(secretsIn(log)).toEqual([]);
});
