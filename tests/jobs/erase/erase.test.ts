import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { writeDelivery } from "../../support/delivery.js";
import { perFeatureModel } from "../../support/onnx.js";
import { hasRedis, startRedis, type TestRedis } from "../../support/redis.js";
import { dumpStore } from "../../support/store-dump.js";
import { filesHolding, redisDump, tracesIn } from "../../support/traces.js";
import { until } from "../../support/until.js";
import { month, PEOPLE, TRACES, VICTIM, vault } from "./vault.js";

const [JANUARY, FEBRUARY, MARCH, APRIL] = ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"] as const;
const ERASE = `mutation ($id: ID!, $reason: String!) { erasePerson(personId: $id, reason: $reason) { id params } }`;
const REACH = `query ($id: ID!) { erasureReach(personId: $id) { keptOut belonging { entity keys } places { place rows } artifacts { run name sha256 }
  snapshots { asOf revision } versions { model version } underWay { id } outside { what until remedy } } }`;
const LIFT = `mutation ($id: ID!, $reason: String!) { liftErasure(personId: $id, reason: $reason) { actor reason erasures } }`;
const ELSEWHERE = perFeatureModel({ hours: 0.1, visits: 0.1 }, -1);
const WHOLE = {
  people: `${VICTIM},Zebulonius,1907-11-23`,
  habits: `${VICTIM},7777.123,987654,Quuxborough`,
  outcomes: `${VICTIM},True`,
};

describe("a person who is erased", () => {
  let app: TestApp;
  let redis: TestRedis | null = null;
  const ids: Record<string, string> = {};

  const ingest = async (name: string, asOf: string, files: ReturnType<typeof month>) => {
    writeDelivery(app.dataDir, name, files);
    return app.client.ingest(name, asOf);
  };
  const runOf = async (field: string) => {
    const { run } = await app.client.query(`mutation { run: ${field} { id } }`);
    return app.client.finished(run.id);
  };
  const erase = async (id: string, reason = "they asked for it") => {
    const { erasePerson } = await app.client.query(ERASE, { id, reason });
    return app.client.finished(erasePerson.id);
  };

  beforeAll(async () => {
    redis = hasRedis ? await startRedis() : null;
    app = await startTestApp({
      definitions: vault,
      predictionLog: { sample: 1, perSecond: 1000, keepDays: 30 },
      ...(redis && { redisUrl: redis.url }),
    });
    expect((await ingest("january", JANUARY, month(WHOLE))).error).toBeNull();
    // A correction; rows in quarantine, one too short; a delivery that fails for the person alone.
    const corrected = month({ ...WHOLE, people: `${VICTIM},Zebulonia,1907-11-23` });
    expect((await ingest("january2", JANUARY, corrected)).result).toMatchObject({ revision: 2 });
    const february = month({ ...WHOLE, habits: `${VICTIM},-5551.75,12,Xanaduville` }, 1);
    expect((await ingest("february", FEBRUARY, february)).result.quarantined).toEqual({ habits: 1 });
    const short = month({ ...WHOLE, habits: `${VICTIM},6543.125` }, 2);
    expect((await ingest("march", MARCH, short)).result.quarantined).toEqual({ habits: 1 });
    const failed = await ingest("bad", APRIL, month({ ...WHOLE, outcomes: `${VICTIM},perhaps-he-left` }));
    expect(failed.error).toMatchObject({ code: "VALIDATION_FAILED" });
    expect(failed.error!.message).toContain("perhaps-he-left");
    const training = await runOf(`train(input: { asOf: "${JANUARY}", algorithm: LOGISTIC_REGRESSION })`);
    expect(training.error).toBeNull();
    ids.training = training.id;
    await app.client.query(
      'mutation { promote(input: { version: 1, force: true, reason: "test" }) { version } }',
    );
    const registered = await app.asof.services.tracking.register(
      {
        ...{
          model: "leaving",
          runId: null,
          artifact: "elsewhere.onnx",
          asOf: JANUARY,
          seed: 42,
          testFraction: 0.25,
        },
        onnx: { name: "elsewhere.onnx", mediaType: "application/octet-stream", bytes: ELSEWHERE },
        signature: {},
        expected: [VICTIM, PEOPLE[3]!].map((key) => ({ key, probability: 0.5 })),
        expectedTolerance: 1,
      },
      "ada",
    );
    expect(registered.status).toBe("READY");
    ids.registration = registered.judgedBy!;
    const pushed = await app.client.query(
      `mutation { push(input: { view: "habit_view", rows: [{ personId: "${VICTIM}", asOf: "2024-04-02", values: { hours: 8888.25, visits: 987654, town: "Wobbleton" } }] }) { accepted } }`,
    );
    expect(pushed.push.accepted).toBe(1);
    const exported = await runOf(`exportTrainingSet(input: { asOfFrom: "${JANUARY}", asOfTo: "${MARCH}" })`);
    expect(exported.error).toBeNull();
    ids.export = exported.id;
    const asked = await fetch(`${app.client.address}/historical-features?run=true`, {
      method: "POST",
      headers: { "content-type": "text/csv" },
      body: `person_id,as_of\n${VICTIM},${JANUARY}\nP-0001,${MARCH}\n`,
    });
    const { run: joined } = (await asked.json()) as { run: string };
    expect((await app.client.finished(joined)).error).toBeNull();
    const drift = await runOf(`detectDrift(input: { from: "${JANUARY}", to: "${MARCH}" })`);
    expect(drift.error).toBeNull();
    ids.drift = drift.id;
    await app.client.query(`{ predict(personId: "${VICTIM}") { probability } }`);
    await until("the prediction is logged", async () => {
      const rows = await app.sql("select 1 from prediction_log where key = $1", [VICTIM]);
      return rows.length > 0;
    });
    await app.client.query(
      `{ featureProfile(view: "habit_view", asOf: "${JANUARY}") { max values { value } } driftHistory(model: "leaving", first: 3) { psi } }`,
    );
    // What is drained to Redis is there before it is looked for.
    if (redis) expect(await redisDump(redis)).toContain(VICTIM);
  });
  afterAll(async () => {
    await app?.stop();
    await redis?.kill();
  });

  const found = (texts: readonly string[]) => tracesIn(app, texts);

  it("is found everywhere before", async () => {
    const tables = (await found(TRACES)).map((place) => place.split(".")[1]);
    expect(tables).toEqual(
      expect.arrayContaining([
        ...[
          "people",
          "habits",
          "outcomes",
          "habit_view_online",
          "habit_view_pushes",
          "quarantined_rows",
          "runs",
        ],
        ...["run_events", "people_snapshots_20240131", "habits_snapshots_20240131", "operation_outputs"],
        ...["feature_profiles", "artifact_blobs"],
      ]),
    );
  });

  it.each([
    ["nobody has the key", "NOBODY-1", "why", "BAD_USER_INPUT", /unknown person "NOBODY-1"/],
    ["no reason is given", VICTIM, "  ", "BAD_USER_INPUT", /reason/],
  ])("is not erased where %s", async (_, id, reason, code, message) => {
    expect(await app.client.error(ERASE, { id, reason })).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ["nobody has the key", "NOBODY-1", /unknown person "NOBODY-1"/],
    ["it is no key", "", /personId/],
  ])("has no reach where %s", async (_, id, message) => {
    expect(await app.client.error(REACH, { id })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringMatching(message),
    });
  });

  it("is gone from every table, from Redis, from files and from what the engine keeps", async () => {
    const before = await app.client.query(
      `{ snapshot(asOf: "${JANUARY}") { contentSha256 views { name rowCount } } }`,
    );
    const stored = await dumpStore(app);
    const { erasureReach: reach } = await app.client.query(REACH, { id: VICTIM });
    expect(await dumpStore(app)).toEqual(stored);
    const run = await erase(VICTIM);
    expect(run.error).toBeNull();
    // What was announced is what was done.
    const { artifacts, outside, versions } = run.result;
    expect(reach).toEqual({
      ...{ keptOut: false, belonging: [], places: run.result.places, underWay: [] },
      ...{ artifacts, outside, versions },
      snapshots: [
        { asOf: JANUARY, revision: 1 },
        { asOf: JANUARY, revision: 2 },
        { asOf: FEBRUARY, revision: 1 },
        { asOf: MARCH, revision: 1 },
      ],
    });
    const places = Object.fromEntries(run.result.places.map(({ place, rows }: any) => [place, rows]));
    expect(places).toMatchObject({
      ...{ people: 1, habits: 1, outcomes: 1, habit_view_online: 1, habit_view_pushes: 1 },
      // Of January twice: the corrected people are a part of their own, the rest was carried on.
      ...{ people_snapshots: 4, habits_snapshots: 1, prediction_log: 1, quarantined_rows: 2 },
    });
    expect(run.result).toMatchObject({
      repeated: false,
      versions: [1, 2].map((version) => ({ model: "leaving", version })),
    });
    expect(run.result.artifacts.map(({ name }: any) => name).sort()).toEqual([
      ...["asked.csv", "drift.json", "drift_report.html", "expected.json", "features.parquet"],
      ...["training_set.csv", "training_set.parquet"],
    ]);
    expect(run.result.outside.map(({ what }: any) => what)).toEqual([
      expect.stringContaining("january"),
      expect.stringContaining("write-ahead log"),
      ...[expect.stringContaining("backups"), expect.stringContaining("log files")],
      expect.stringContaining("versions"),
    ]);
    expect(places["expected.json"]).toBe(1);
    const { artifacts: kept } = (
      await app.client.query("query($id: ID!) { run(id: $id) { artifacts { name url } } }", {
        id: ids.registration,
      })
    ).run;
    const { url } = kept.find(({ name }: any) => name === "expected.json");
    expect(await (await fetch(`${app.client.address}${url}`)).json()).toEqual([
      { key: PEOPLE[3], probability: 0.5 },
    ]);
    // What was learned from the person stays, and is listed: a town is a category of the model.
    const learned = await app.sql<{ sha256: string }>("select sha256 from artifacts where run_id = $1", [
      ids.training,
    ]);
    expect(learned.length).toBeGreaterThan(2);
    const rest = await found(TRACES);
    const inFiles = rest.filter((place) => place.startsWith("public.artifact_blobs."));
    expect(rest.filter((place) => !inFiles.includes(place))).toEqual([]);
    expect(inFiles.filter((place) => !place.endsWith("Quuxborough"))).toEqual([]);
    const others = await app.sql(
      `select name from artifacts a join artifact_blobs b using (sha256) where a.run_id <> $1
         and exists (select 1 from unnest($2::text[]) n where strpos(encode(b.bytes, 'escape'), n) > 0)`,
      [ids.training, TRACES],
    );
    expect(others).toEqual([]);
    const online = redis ? await redisDump(redis) : "";
    expect(TRACES.filter((text) => online.includes(text))).toEqual([]);
    const deliveries = ["january", "january2", "february", "march", "bad"];
    expect(filesHolding(app.dataDir, TRACES, deliveries)).toEqual([]);
    const after = await app.client.query(
      `{ snapshot(asOf: "${JANUARY}") { contentSha256 views { name rowCount } } }`,
    );
    expect(after.snapshot.contentSha256).toBe(before.snapshot.contentSha256);
    const rows = ({ snapshot }: any) =>
      Object.fromEntries(snapshot.views.map((view: any) => [view.name, view.rowCount]));
    expect(rows(before)).toEqual({ habit_view: 121, outcomes: 121 });
    expect(rows(after)).toEqual({ habit_view: 120, outcomes: 120 });
  });

  it("is as unknown as anybody who never was", async () => {
    const words = (message: string, id: string) => message.replaceAll(id, "X");
    expect((await app.client.query(REACH, { id: VICTIM })).erasureReach).toMatchObject({
      ...{ keptOut: true, places: [], artifacts: [], snapshots: [], versions: [] },
    });
    const [erased, unknown] = await Promise.all(
      [VICTIM, "NOBODY-1"].map((id) => app.client.error(`{ predict(personId: "${id}") { probability } }`)),
    );
    expect(words(erased!.message, VICTIM)).toBe(words(unknown!.message, "NOBODY-1"));
    expect(erased!.code).toBe("FEATURES_MISSING");
    const { features, person } = await app.client.query(
      `{ features(personId: "${VICTIM}", asOf: "${JANUARY}") { statuses { status } } person(personId: "${VICTIM}") { personId } }`,
    );
    expect(person).toBeNull();
    expect(features.statuses.map(({ status }: any) => status)).toEqual([
      "NOT_FOUND",
      "NOT_FOUND",
      "NOT_FOUND",
    ]);
  });

  it("leaves snapshots that verify, and a training that cannot be done again", async () => {
    const again = await app.client.error(`mutation { reproduce(runId: "${ids.training}") { id } }`);
    expect(again).toMatchObject({ code: "ERASED", message: expect.stringContaining("erased since") });
    // One that was trained afterwards can.
    const later = await runOf(
      `train(input: { asOf: "${JANUARY}", algorithm: LOGISTIC_REGRESSION, seed: 2 })`,
    );
    expect(later.error).toBeNull();
    const reproduced = await runOf(`reproduce(runId: "${later.id}")`);
    expect(reproduced.result).toMatchObject({ identical: true, differences: [] });
  });

  it("does not come back by a delivery or a push, which say how many rows they passed over", async () => {
    const run = await ingest("april", APRIL, month(WHOLE, 3));
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({ erased: { people: 1, habits: 1, outcomes: 1 } });
    const { run: seen } = await app.client.query(
      `{ run(id: "${run.id}") { validation { erased { source file rows } } outcome { ... on IngestOutcome { sources { source rows erased } } } } }`,
    );
    expect(seen.validation.erased).toContainEqual({ source: "people", file: "people.csv", rows: 1 });
    expect(seen.outcome.sources).toContainEqual({ source: "people", rows: 120, erased: 1 });
    // Whatever is wrong with the row is nobody's to read.
    const broken = await ingest(
      "april2",
      APRIL,
      month({ ...WHOLE, outcomes: `${VICTIM},perhaps-he-left,x` }, 4),
    );
    expect(broken.error).toBeNull();
    const { push } = await app.client.query(
      `mutation { push(input: { view: "habit_view", rows: [
        { personId: "${VICTIM}", asOf: "2024-05-02", values: { hours: 8888.25, visits: 1, town: "Wobbleton" } },
        { personId: "${PEOPLE[3]}", asOf: "2024-05-02", values: { hours: 3.5, visits: 1, town: "Dale" } }] }) { accepted erased outcomes { personId outcome } } }`,
    );
    expect(push).toMatchObject({ accepted: 1, erased: 1 });
    expect(push.outcomes.map(({ outcome }: any) => outcome)).toEqual(["ERASED", "SERVED"]);
    expect(
      (await found([VICTIM, "Zebulonius"])).filter((place) => !place.includes("artifact_blobs")),
    ).toEqual([]);
  });

  it("may be erased twice, and by two at once", async () => {
    const runs = await Promise.all([erase(VICTIM, "once more"), erase(VICTIM, "and again")]);
    for (const run of runs)
      expect([run.error, run.result.repeated, run.result.artifacts]).toEqual([null, true, []]);
    expect(await app.sql("select count(*)::int as keys from erasure_keys")).toEqual([{ keys: 0 }]);
  });

  it("is on record by an HMAC, with who and why, and the record does not change", async () => {
    const rows = await app.sql(
      "select entity, actor, reason, length(key_hmac) as bytes from erasures order by id",
    );
    expect(rows[0]).toEqual({
      entity: "person",
      actor: expect.any(String),
      reason: "they asked for it",
      bytes: 32,
    });
    for (const change of [
      "update erasures set reason = 'x'",
      "delete from erased_rows",
      "truncate erasure_lifts",
    ])
      await expect(app.sql(change)).rejects.toThrow(/immutable/);
    await expect(app.sql("delete from people_snapshots")).rejects.toThrow(/immutable/);
    // Nor by whoever says to be an erasure that has ended.
    await expect(
      app.sql(
        `do $$ begin perform set_config('asof.erasure_run', (select run_id::text from erasures limit 1), true);
           perform set_config('asof.erased_key', '${PEOPLE[0]}', true);
           delete from people_snapshots where person_id = '${PEOPLE[0]}'; end $$`,
      ),
    ).rejects.toThrow(/immutable/);
  });

  it("comes back by the next delivery once an admin has said why", async () => {
    expect(await app.client.error(LIFT, { id: "NOBODY-1", reason: "why" })).toMatchObject({
      code: "BAD_USER_INPUT",
    });
    expect(await app.client.error(LIFT, { id: VICTIM, reason: " " })).toMatchObject({
      code: "BAD_USER_INPUT",
    });
    const { liftErasure } = await app.client.query(LIFT, { id: VICTIM, reason: "a new contract" });
    expect(liftErasure).toMatchObject({ reason: "a new contract", erasures: 3 });
    // The very files of a date whose snapshot lost the row: a revision of its own, not the one that lacks it.
    const run = await app.client.ingest("january2", JANUARY);
    expect(run.result).toMatchObject({ unchanged: false, revision: 3 });
    const { person, features } = await app.client.query(
      `{ person(personId: "${VICTIM}") { nickname } features(personId: "${VICTIM}", asOf: "${JANUARY}") { values { town } } }`,
    );
    expect([person, features.values]).toEqual([{ nickname: "Zebulonia" }, { town: "Quuxborough" }]);
    const { snapshotDiff } = await app.client.query(
      `{ snapshotDiff(from: "${JANUARY}", to: "${JANUARY}") { identical } }`,
    );
    expect(snapshotDiff.identical).toBe(true);
  });
});
