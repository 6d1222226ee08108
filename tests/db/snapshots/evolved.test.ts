import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { migrateDatabase } from "../../../src/db/database.js";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { contentHash } from "../../../src/db/snapshots/content-hash.js";
import { hashPushes } from "../../../src/db/snapshots/pushes-hash.js";
import {
  declaredColumns,
  findParts,
  insertParts,
  partRows,
} from "../../../src/db/snapshots/snapshot-parts.js";
import { bool, type Column, float, int, string } from "../../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  entity,
  featureView,
  source,
} from "../../../src/definitions/language/deployment.js";
import { verifySnapshot } from "../../../src/features/snapshot-verify.js";
import type { TestDatabase } from "../../support/database.js";
import { createDatabaseOf, type OwnMigrations, ownMigrations } from "../../support/deployment.js";

const people = source("people", { columns: { city: string() } });
const outcomes = source("outcomes", { columns: { left: bool({ required: true }) } });

interface Change {
  columns: Record<string, Column>;
  features: string[];
  version?: number;
  retired?: string[];
  renamed?: Record<string, string>;
}

/** One source and one view of it, as they stand after a change. */
function orders({ columns, features, ...change }: Change): Deployment {
  const visits = source("visits", { columns, ...change });
  return deployment({
    name: "shop",
    entity: entity("person", { key: "person_id" }),
    entitySource: people,
    sources: [people, visits, outcomes],
    views: [featureView("visited", { source: visits, features })],
    services: [],
  });
}

const FIRST = orders({
  columns: { pages: int(), hours: float(), plan: string() },
  features: ["pages", "hours"],
});
const KEY = "person_id";

let own: OwnMigrations;
let database: TestDatabase;
let pool: Pool;
let old: number;
let later: number;
beforeAll(async () => {
  own = ownMigrations();
  database = await createDatabaseOf(FIRST, own);
  pool = createPool(database.url, 4);
  old = await publish(FIRST, "2024-01-31", [
    ["a", 7, 1.5, "gold"],
    ["b", null, -0, "ünïcode"],
  ]);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
  own?.remove();
});

async function evolve(definitions: Deployment): Promise<void> {
  await own.generate(definitions);
  await migrateDatabase(database.url, { ...definitions, migrations: own.folder });
}

/** As a publication writes it: rows of the source, one pushed row, the catalogue, what it says of itself. */
async function publish(definitions: Deployment, asOf: string, rows: unknown[][]): Promise<number> {
  const visits = definitions.sources.find(({ name }) => name === "visits")!;
  const [view] = definitions.views;
  const { rows: made } = await pool.query(
    "select nextval(pg_get_serial_sequence('snapshots', 'id'))::int as id",
  );
  const id: number = made[0].id;
  await pool.query("select asof_ensure_partition('visits_snapshots', $1)", [asOf]);
  const columns = Object.keys(visits.columns);
  for (const [user, ...values] of rows) {
    await pool.query(
      `insert into visits_snapshots (snapshot_id, as_of, person_id, ${columns}) values ($1, $2, $3, ${columns.map((_, i) => `$${i + 4}`)})`,
      [id, asOf, user, ...values],
    );
  }
  await pool.query(
    `insert into visited_pushes (as_of, person_id, pushed_features, pushed_by, ${view!.features}) values ($1, 'a', $2, 'tester', ${view!.features.map((_, i) => `$${i + 3}`)})`,
    [asOf, view!.features, ...view!.features.map((name) => rows[0]![columns.indexOf(name) + 1])],
  );
  await pool.query("update visited_pushes set snapshot_id = $1 where snapshot_id is null", [id]);
  const run = randomUUID();
  await pool.query(
    "insert into runs (id, kind, status, params, actor) values ($1, 'INGEST', 'SUCCEEDED', '{}', 'x')",
    [run],
  );
  await pool.query(
    "insert into snapshots (id, as_of, revision, content_sha256, definitions_sha256, run_id, views, sources) overriding system value values ($1, $2, 1, 'x', 'x', $3, '[]', '[]')",
    [id, asOf, run],
  );
  const part = {
    name: "visits",
    ownerId: id,
    eventDate: asOf,
    columns: declaredColumns(visits),
    rowCount: rows.length,
  };
  const pushed = {
    ...part,
    name: "visited:pushes",
    columns: part.columns.filter(({ name }) => view!.features.includes(name)),
    rowCount: 1,
  };
  const hashes = [
    await contentHash(pool, { name: part.name, key: KEY, columns: part.columns }, partRows(part)),
    await hashPushes(pool, KEY, "visited", pushed.columns, id),
  ];
  await insertParts(
    pool,
    id,
    [part, pushed].map((each, i) => ({
      ...each,
      contentSha256: hashes[i]!.sha256,
      buckets: hashes[i]!.buckets,
    })),
  );
  return id;
}

async function expectVerified(...snapshots: number[]): Promise<void> {
  for (const id of snapshots) {
    const verified = await verifySnapshot(pool, () => KEY, id, null);
    expect(verified.map(({ name }) => name)).toEqual(["visited:pushes", "visits"]);
    for (const { name, recorded, found } of verified) expect([id, name, found]).toEqual([id, name, recorded]);
  }
}
const placesIn = async (id: number) =>
  Object.fromEntries(
    (await findParts(pool, [id]))
      .get(id)!
      .get("visits")!
      .columns.map(({ name, stored }) => [name, stored]),
  );

it("every old hash verifies after a column was added, renamed, given another type, retired, and used again", async () => {
  await expectVerified(old);
  const grown = { pages: int(), hours: float(), plan: string(), clicks: int() };
  await evolve(orders({ columns: grown, features: ["pages", "hours", "clicks"] }));
  await expectVerified(old);

  const { hours: _, ...others } = grown;
  const renamed = { hours: "watched" };
  await evolve(
    orders({
      columns: { ...others, watched: float() },
      features: ["pages", "watched"],
      renamed,
      retired: ["clicks"],
    }),
  );
  await expectVerified(old);
  expect(await placesIn(old)).toEqual({ pages: "pages", hours: "watched", plan: "plan" });

  const second = orders({
    columns: { pages: float(), watched: float() },
    features: ["pages", "watched"],
    version: 2,
    renamed,
    retired: ["clicks", "plan"],
  });
  await evolve(second);
  expect(await placesIn(old)).toEqual({ pages: "pages__v1", hours: "watched", plan: "plan" });
  later = await publish(second, "2024-02-29", [
    ["a", 0.5, 2],
    ["c", null, 3],
  ]);
  await expectVerified(old, later);

  await evolve(
    orders({
      columns: { pages: string(), watched: float(), plan: string() },
      features: ["pages", "plan"],
      version: 3,
      renamed,
      retired: ["clicks"],
    }),
  ).catch((error: Error) =>
    expect(error.message).toContain('retired: ["watched"], in featureView("visited", …)'),
  );
  const third = orders({
    columns: { pages: string(), seen: float(), plan: string() },
    features: ["pages", "plan", "seen"],
    version: 3,
    renamed: { hours: "seen", watched: "seen" },
    retired: ["clicks"],
  });
  await evolve(third);
  expect(await placesIn(old)).toEqual({ pages: "pages__v1", hours: "seen", plan: "plan" });
  expect(await placesIn(later)).toEqual({ pages: "pages__v2", watched: "seen" });
  const last = await publish(third, "2024-03-31", [["a", "many", 4, "silver"]]);
  await expectVerified(old, later, last);
});

it("a change of a value would be seen: the hashes are of the rows, wherever they are kept", async () => {
  await pool.query("alter table visits_snapshots_20240131 disable trigger user");
  await pool.query("update visits_snapshots_20240131 set pages__v1 = 8 where person_id = 'a'");
  const [, visits] = await verifySnapshot(pool, () => KEY, old, null);
  expect(visits!.found).not.toBe(visits!.recorded);
});

it("a start with definitions that no migration follows is refused, with what is missing", async () => {
  const declared = orders({
    columns: { pages: int(), clicks: int(), more: int() },
    features: ["pages", "more"],
  });
  await expect(migrateDatabase(database.url, { ...declared, migrations: own.folder })).rejects.toMatchObject({
    code: "MIGRATION_MISSING",
    message: expect.stringMatching(
      /^the definitions of "shop" need what no migration of this database made: visits\.pages is text, not integer, visits\.more \(integer\) is not there, .* and \d more; write the migration with npm run db:generate/,
    ),
  });
});
