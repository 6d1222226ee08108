import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPool } from "../../src/db/pool.js";
import { ExpectationTally } from "../../src/ingest/expectation-tally.js";
import { keepOut } from "../../src/ingest/quarantine.js";
import { createUnfitTable, UnfitRows } from "../../src/ingest/quarantine-notes.js";
import { keepDeliveredRows } from "../../src/ingest/quarantined-lines.js";
import { checkSets } from "../../src/ingest/set-checks.js";
import { folder as scheme } from "../../src/ingest/sources/folder/folder.js";
import { stageFile } from "../../src/ingest/stage-file.js";
import { changedSources } from "../support/changed-sources.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { until } from "../support/until.js";

const RUN = "22222222-2222-4333-8444-555555555555";
const DEFINITIONS = changedSources({
  users: { onInvalid: "quarantine" },
  usage_agg_30d: { onInvalid: "quarantine" },
});
const BAD = 10_000;
let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createDatabase();
  folder = mkdtempSync(join(tmpdir(), "asof-quarantine-"));
});
afterAll(async () => {
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything an ingest does before it hashes, on tables of which, as in a fast run, no statistics are gathered. */
async function settle() {
  const { signal } = new AbortController();
  const pool = createPool(database.url, 4);
  await pool.query("create schema staging");
  const tally = new ExpectationTally(DEFINITIONS);
  const unfit = new UnfitRows(pool, RUN);
  await createUnfitTable(pool, RUN);
  tally.onUnfit = unfit.note;
  const files = [];
  for (const source of DEFINITIONS.sources) {
    await pool.query(`create table ${source.name} (user_id text collate "C" primary key)`);
    const path = join(folder, `delivery/${source.name}.csv`);
    const file = await scheme.fingerprint({ source: source.name, path, bytes: 0 }, () => {}, signal);
    files.push(file);
    const client = await pool.connect();
    await stageFile(client, DEFINITIONS, RUN, source, scheme, file, tally, {
      onBytes: () => {},
      signal,
      unfit,
    });
    client.release();
  }
  await unfit.flush();
  await checkSets(pool, DEFINITIONS, RUN, tally);
  const quarantine = await keepOut(pool, DEFINITIONS, RUN, tally);
  await keepDeliveredRows(pool, DEFINITIONS, RUN, scheme, files, quarantine, signal);
  await pool.end();
  return quarantine.rows;
}

/** Rows that were read of each staging table, by scans and through indexes. */
async function rowsRead(): Promise<Record<string, number>> {
  const pool = createPool(database.url, 1);
  // A session's counts are there when it has ended.
  await until("every session has ended", async () => {
    const others = `select 1 from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
    return (await pool.query(others)).rowCount === 0;
  });
  const { rows } = await pool.query(
    `select substr(relname, 19) as name, (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read
     from pg_stat_user_tables where schemaname = 'staging'`,
  );
  await pool.end();
  return Object.fromEntries(rows.map(({ name, read }) => [name, read]));
}

it("reads every row that is kept out a few times, however many there are", async () => {
  const users = userIds(10);
  const files = smallDelivery(users);
  for (let i = 0; i < BAD; i++) {
    files.users!.push(`bad-${i},2022-01-01`);
    files.usage_agg_30d!.push(`bad-${i},1,1,1,1,1`, `N-${i},1,1,1,1,-1`);
  }
  writeDelivery(folder, "delivery", files);
  expect(await settle()).toEqual({ users: BAD, usage_agg_30d: 2 * BAD });
  const read = await rowsRead();
  const rows = { "~kept_out": 3 * BAD, "~unfit": 3 * BAD, users: BAD, usage_agg_30d: 2 * BAD };
  // Once a page of a thousand, what is kept out was read twice as often, and ten times as often with ten times as much.
  for (const [table, count] of Object.entries(rows)) {
    expect.soft(read[table]! / count, `reads of each row of ${table}`).toBeLessThan(10);
  }
  expect(read["~kept_out"]).toBeGreaterThanOrEqual(3 * BAD);
});
