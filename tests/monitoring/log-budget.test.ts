import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RateBuckets } from "../../src/auth/rate-buckets.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import { LogAllowance } from "../../src/monitoring/log-allowance.js";
import { LogBudget } from "../../src/monitoring/log-budget.js";
import type { LoggedPrediction } from "../../src/monitoring/logged-prediction.js";
import { PredictionLog } from "../../src/monitoring/prediction-log.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { userIds } from "../support/delivery.js";
import { testing } from "../support/deployment/testing.js";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 4);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const MEGABYTE = 1 << 20;
const TODAY = new Date().toISOString().slice(0, 10);
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const days = async (): Promise<string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    "select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'prediction_log'::regclass order by 1",
  );
  return rows.map(({ name }) => name.slice(-8));
};
const sizeOfAll = async (): Promise<number> => {
  const { rows } = await pool.query<{ bytes: number }>(
    "select sum(pg_total_relation_size(i.inhrelid))::float8 as bytes from pg_inherits i where i.inhparent = 'prediction_log'::regclass",
  );
  return rows[0]!.bytes;
};
async function fillDay(day: string, rows: number): Promise<void> {
  await pool.query("select asof_prediction_log_day($1)", [day]);
  await pool.query(
    `insert into prediction_log (at, model, version, key, features_sha256, features, probability, prediction)
     select $1::date + interval '1 hour', 'churn', 1, n::text, md5(n::text), '{"monthly_fee": 1}', 0.5, 1 from generate_series(1, $2::int) n`,
    [day, rows],
  );
}
/** Its log lines go into `said`. */
function logInto(said: string[]) {
  return pino({ level: "warn" }, { write: (line: string) => void said.push(JSON.parse(line).msg) });
}

describe("the budget of the log", () => {
  it("says which day goes before it is dropped, drops the oldest, and never today", async () => {
    for (const ago of [3, 2, 1, 0]) await fillDay(daysAgo(ago), 5_000);
    const all = await sizeOfAll();
    const roomy = new LogBudget(pool, all * 2, logInto([]));
    await roomy.keep();
    expect([roomy.problems(), roomy.full]).toEqual([[], false]);

    const said: string[] = [];
    const tight = new LogBudget(pool, all * 0.8, logInto(said));
    await tight.keep();
    expect((await days()).length).toBe(4);
    expect(said).toEqual([expect.stringContaining(`${daysAgo(3)} (`)]);
    expect(tight.problems()).toEqual([
      expect.objectContaining({
        subject: "prediction log",
        message: expect.stringMatching(
          new RegExp(`PREDICTION_LOG_BUDGET_MB\\); ${daysAgo(3)} .* is dropped next`),
        ),
      }),
    ]);
    await tight.keep();
    expect(await days()).toEqual([2, 1, 0].map((ago) => daysAgo(ago).replaceAll("-", "")));
    expect(said[1]).toContain("a day of the prediction log is dropped");
    // What is left is near the budget: the next one is said, and stays.
    await tight.keep();
    expect((await days()).length).toBe(3);
  });

  it("keeps nothing more today where today alone takes all of it", async () => {
    const said: string[] = [];
    const small = new LogBudget(pool, MEGABYTE / 2, logInto(said));
    for (let round = 0; round < 4; round++) await small.keep();
    expect(await days()).toEqual([TODAY.replaceAll("-", "")]);
    expect(small.full).toBe(true);
    expect(small.problems()[0]!.message).toMatch(
      /of 0.5 MB are used .* by today alone: no more predictions are kept today/,
    );
  });

  it("of rows a second is one for all processes", async () => {
    const perSecond = 100;
    const processes = [1, 2, 3].map(() => new LogAllowance(new RateBuckets(pool, perSecond)));
    const since = performance.now();
    let kept = 0;
    for (let turn = 0; turn < 8; turn++) {
      for (const each of processes) {
        await each.refill();
        for (let n = 0; n < 200; n++) if (each.admit()) kept++;
      }
    }
    const seconds = (performance.now() - since) / 1_000;
    expect(kept).toBeGreaterThanOrEqual(perSecond * 2);
    expect(kept).toBeLessThanOrEqual(perSecond * (2 + seconds) + 1);
  });
});

describe("files of Parquet", () => {
  const USERS = userIds(3);
  const entry = (key: string | null, n: number, at = new Date()): LoggedPrediction => ({
    ...{ at, model: "churn", version: 2, key, answer: n / 10, prediction: n > 5 ? 1 : 0 },
    ...{ class: null, probabilities: null },
    features: { monthly_fee: 20.5 + n, net_service: n % 2 ? "DSL" : null },
    request: n === 1 ? { amount: 9 } : null,
    shadow: n === 2 ? { version: 1, answer: 0.25, prediction: 0, class: null, probabilities: null } : null,
  });
  const read = async (folder: string) => {
    const found: Record<string, any>[] = [];
    for (const day of readdirSync(folder).sort())
      for (const name of readdirSync(join(folder, day))) {
        expect(name).toMatch(/^[^.].*\.parquet$/);
        const { buffer } = new Uint8Array(readFileSync(join(folder, day, name)));
        for (const row of await parquetReadObjects({ file: buffer, compressors }))
          found.push({ day, ...row });
      }
    return found;
  };

  it("get all of the sample, one folder a day, also what the database does not take; old days are deleted", async () => {
    const files = mkdtempSync(join(tmpdir(), "asof-log-"));
    const options = { sample: 1, perSecond: 1, keepDays: 1_000, files };
    const log = new PredictionLog(pool, testing, options, pino({ level: "silent" }));
    const before = (await pool.query("select count(*)::int as n from prediction_log")).rows[0].n;
    const yesterday = new Date(Date.now() - 86_400_000);
    for (const made of [
      entry(USERS[0]!, 1),
      entry(USERS[1]!, 2),
      entry(null, 8),
      entry(USERS[2]!, 3, yesterday),
    ]) {
      expect(log.wants()).toBe(true);
      log.add(made);
    }
    await log.close();
    const rows = await read(files);
    expect(rows.map(({ day, key, version, probability }) => [day, key, version, probability])).toEqual([
      [`day=${daysAgo(1)}`, USERS[2], 2, 0.3],
      [`day=${TODAY}`, USERS[0], 2, 0.1],
      [`day=${TODAY}`, USERS[1], 2, 0.2],
      [`day=${TODAY}`, null, 2, 0.8],
    ]);
    expect(JSON.parse(rows[1]!.features)).toEqual({ monthly_fee: 21.5, net_service: "DSL" });
    expect(JSON.parse(rows[1]!.request)).toEqual({ amount: 9 });
    expect([rows[2]!.shadow_version, rows[2]!.shadow_probability, rows[1]!.shadow_version]).toEqual([
      1,
      0.25,
      null,
    ]);
    expect(new Date(rows[0]!.at).toISOString()).toBe(yesterday.toISOString());
    const after = (await pool.query("select count(*)::int as n from prediction_log")).rows[0].n;
    expect(after - before).toBeLessThan(4);

    mkdirSync(join(files, "day=2020-01-01"));
    const short = new PredictionLog(pool, testing, { ...options, keepDays: 1 }, pino({ level: "silent" }));
    short.start();
    await expect
      .poll(() => readdirSync(files), { timeout: 10_000 })
      .toEqual([`day=${daysAgo(1)}`, `day=${TODAY}`].sort());
    await short.close();
    rmSync(files, { recursive: true, force: true });
  });
});
