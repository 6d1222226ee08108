import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool, withTransaction } from "../../../src/db/pool.js";
import { bigint, bool, float, int, string } from "../../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  type Entity,
  entity,
  featureService,
  featureView,
  source,
} from "../../../src/definitions/language/deployment.js";
import { type DeclaredKey, uuid } from "../../../src/definitions/language/key.js";
import type { Erasure } from "../../../src/features/erasure/erase-rows.js";
import { byEntity } from "../../../src/features/erasure/erasure-counts.js";
import { argumentKey } from "../../../src/inputs/entity-key.js";
import { countKeyed, eraseKeyed } from "../../../src/jobs/erase/erase-keyed-files.js";
import { EXPECTED_FILE, expectedFile, readExpected } from "../../../src/jobs/register/register-files.js";
import { ArtifactStore } from "../../../src/registry/artifact-store.js";
import { ExternalRuns } from "../../../src/registry/external-runs.js";
import { BACKGROUND_FILE, backgroundFile, readBackground } from "../../../src/serving/background-rows.js";
import { createMigratedDatabase, type TestDatabase } from "../../support/database.js";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 2);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

/** Two entities with keys of one form, and a model about each. */
function declared(key: DeclaredKey): { definitions: Deployment; person: Entity; other: Entity } {
  const parts = (name: string, of: Entity) => {
    const rows = source(`${name}s`, {
      of,
      columns: { [`${name}_amount`]: float(), gone: bool({ required: true }) },
    });
    const view = featureView(`${name}_view`, { source: rows, features: [`${name}_amount`] });
    const label = { source: rows, column: "gone" } as const;
    return {
      rows,
      view,
      service: featureService(`${name}_model`, { views: [view], label, gates: { minimum: {} } }),
    };
  };
  const renamed =
    typeof key === "string"
      ? "other_key"
      : Object.fromEntries(Object.entries(key).map(([n, c]) => [`other_${n}`, c]));
  const [person, other] = [entity("person", { key }), entity("other", { key: renamed })];
  const [mine, theirs] = [parts("person", person), parts("other", other)];
  const definitions = deployment({
    name: "expected",
    entities: [mine.rows, theirs.rows],
    sources: [mine.rows, theirs.rows],
    views: [mine.view, theirs.view],
    services: [mine.service, theirs.service],
  });
  return { definitions, person, other };
}

async function newRun(kind: string, params: object): Promise<string> {
  const id = randomUUID();
  await pool.query(
    "insert into runs (id, kind, status, params, actor, started_at) values ($1, $2, 'SUCCEEDED', $3, 'ada', now())",
    [id, kind, params],
  );
  return id;
}
const registration = async (model: string, keys: readonly string[]): Promise<string> => {
  const run = await newRun("REGISTER", { model });
  const answers = keys.map((key, place) => ({ key, probability: (place + 1) / 7 }));
  await new ArtifactStore(pool).save(run, expectedFile(answers));
  return run;
};
async function answersOf(run: string) {
  const files = await new ArtifactStore(pool).readNamed(new Map([[run, [EXPECTED_FILE]]]));
  return readExpected(files.get(run)!.get(EXPECTED_FILE)!);
}
async function erasureOf(runId: string, person: Entity, key: string): Promise<Erasure> {
  const { rows } = await pool.query<{ id: number }>(
    "insert into erasures (run_id, entity, key_hmac, actor, reason) values ($1, $2, $3, 'ada', 'asked') returning id::int",
    [runId, person.name, Buffer.from(key)],
  );
  return { id: rows[0]!.id, runId, entity: person, key };
}

const UUID = "3f2b8c1e-9d54-4c7a-8f10-2b6e5a7c9d01";
describe("what registrations keep of a person: expected answers, and rows that answers are compared with", () => {
  it.each<[string, DeclaredKey, unknown[]]>([
    ["text", "person_id", ['A-1 "quoted"\\é', "A-10", "A-1"]],
    ["int", { person_id: int() }, [1, 10, 11]],
    ["bigint", { person_id: bigint() }, ["9007199254740993", "9007199254740992", 9]],
    ["uuid", { person_id: uuid() }, [UUID.toUpperCase(), UUID.replace("01", "02"), UUID.replace("01", "03")]],
    [
      "several columns",
      { bank: string(), account: int() },
      [
        { bank: "north:1", account: 7 },
        { bank: "north", account: 17 },
        { bank: "north:1", account: 71 },
      ],
    ],
  ])("goes with them, and that of others stays, where a key is %s", async (_, key, given) => {
    const { definitions, person, other } = declared(key);
    const [victim, second, third] = given.map((each) => argumentKey(person, each) as string);
    const mixed = await registration("person_model", [second!, victim!, third!, victim!]);
    const alone = await registration("person_model", [victim!]);
    const unnamed = await registration("retired_model", [victim!, second!]);
    const without = await registration("person_model", [second!, third!]);
    const ofOther = await registration("other_model", [victim!]);
    const external = { params: { model: "person_model" }, tags: {}, environment: {} };
    const { id: others } = await new ExternalRuns(pool).create(external, "ada");
    await new ArtifactStore(pool).save(others, expectedFile([{ key: victim!, probability: 1 }]));
    const rows = [second!, victim!].map((key) => ({ key, row: { age: 4, town: null } }));
    await new ArtifactStore(pool).save(without, backgroundFile(rows));
    const names = await pool.query("select run_id, name, sha256 from artifacts order by 1, 2");

    const run = await newRun("ERASE", {});
    const erasures = [await erasureOf(run, person, victim!), await erasureOf(run, other, "nobody's")];
    const reach = await countKeyed(pool, definitions, byEntity(erasures));
    expect(reach.held).toEqual([
      ...[mixed, alone, unnamed].map((run) => ({ run, name: EXPECTED_FILE })),
      { run: without, name: BACKGROUND_FILE },
    ]);
    expect(reach.places.map(({ rows }) => rows)).toEqual([2, 1, 1, 1]);
    // A step that is done again finds nothing more.
    for (const _ of [1, 2]) await withTransaction(pool, (tx) => eraseKeyed(tx, definitions, erasures));

    expect(await answersOf(mixed)).toEqual([
      { key: second, probability: 1 / 7 },
      { key: third, probability: 3 / 7 },
    ]);
    expect(await answersOf(alone)).toEqual([]);
    expect(await answersOf(unnamed)).toEqual([{ key: second, probability: 2 / 7 }]);
    expect((await answersOf(without)).map((answer) => answer.key)).toEqual([second, third]);
    expect((await answersOf(ofOther)).map((answer) => answer.key)).toEqual([victim]);
    expect((await answersOf(others)).map((answer) => answer.key)).toEqual([victim]);
    const counts =
      "select erasure_id::int as id, place, rows from erasure_counts where erasure_id = any($1) order by 2";
    expect((await pool.query(counts, [erasures.map(({ id }) => id)])).rows).toEqual([
      { id: erasures[0]!.id, place: BACKGROUND_FILE, rows: 1 },
      { id: erasures[0]!.id, place: EXPECTED_FILE, rows: 4 },
    ]);
    const files = await new ArtifactStore(pool).readNamed(new Map([[without, [BACKGROUND_FILE]]]));
    expect(readBackground(files.get(without)!.get(BACKGROUND_FILE)!)).toEqual([rows[0]]);
    const listed = await pool.query(
      `select e.run_id, e.name, e.sha256 from erasure_artifacts e join runs r on r.id = e.run_id
       where erasure_id = $1 order by r.created_at`,
      [erasures[0]!.id],
    );
    expect(listed.rows).toEqual(
      reach.held.map(({ run: id, name }) =>
        names.rows.find((each) => each.run_id === id && each.name === name),
      ),
    );
    expect(await countKeyed(pool, definitions, byEntity(erasures))).toEqual({ places: [], held: [] });
    // Of the former bytes nothing is left, for nothing names them.
    const left = await pool.query(
      "select 1 from artifact_blobs where sha256 = any($1) and sha256 not in (select sha256 from artifacts)",
      [listed.rows.map(({ sha256 }) => sha256)],
    );
    expect(left.rows).toEqual([]);
  });
});
