import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../src/db/pool.js";
import { ExpectationTally } from "../../src/ingest/expectation-tally.js";
import { folder as scheme } from "../../src/ingest/sources/folder/folder.js";
import type { DeliveredFile } from "../../src/ingest/sources/source-scheme.js";
import { stageFile } from "../../src/ingest/stage-file.js";
import { stagedRows } from "../../src/ingest/staging.js";
import { reportOf } from "../../src/ingest/validation-report.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { until } from "../support/until.js";

const RUN = "11111111-2222-4333-8444-555555555555";
const USAGE = definitions.sources.find(({ name }) => name === "usage_agg_30d")!;
const HEADER = "user_id,watch_hours_30d,avg_session_mins_7d,unique_devices_30d,skips_7d,rebuffer_events_7d";

describe("staging a file", () => {
  let database: TestDatabase;
  let pool: Pool;
  let folder: string;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.url, 2);
    await pool.query("create schema staging");
    folder = mkdtempSync(join(tmpdir(), "asof-stage-"));
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const fingerprintOf = (path: string): Promise<DeliveredFile> =>
    scheme.fingerprint({ source: USAGE.name, path, bytes: 0 }, () => {}, new AbortController().signal);

  async function stage(file: DeliveredFile, onBytes: (bytes: number, rows: number) => void = () => {}) {
    const tally = new ExpectationTally(definitions);
    const client = await pool.connect();
    let broken = true;
    try {
      const hooks = { onBytes, signal: new AbortController().signal };
      const rows = await stageFile(client, definitions, RUN, USAGE, scheme, file, tally, hooks);
      broken = false;
      const { expectations } = reportOf(tally);
      // Of this pass alone: what other files and queries tell was not looked at.
      const success = expectations.every(({ unexpectedCount }) => unexpectedCount === 0);
      return { rows, report: { success, expectations }, tally };
    } finally {
      client.release(broken);
    }
  }

  it("refuses a file that is not the fingerprinted one", async () => {
    const path = join(folder, "changed.csv");
    writeFileSync(path, `${HEADER}\nU-1,1,1,1,1,1\n`);
    const file = await fingerprintOf(path);
    writeFileSync(path, `${HEADER}\nU-1,1,1,1,1,2\n`);
    await expect(stage(file)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("usage_agg_30d.csv changed while it was being ingested"),
    });
  });

  it("keeps empty cells null, and a cell that breaks a rule null beside its row", async () => {
    const path = join(folder, "cells.csv");
    writeFileSync(path, `${HEADER}\n"a\tb\\",,-0,+2,3.0,\n${"c"},x,1e-3,.5e1,-1,0\n`);
    const { rows } = await stage(await fingerprintOf(path));
    expect(rows).toBe(2);
    const staged = await pool.query({
      text: "select * from staging.r1111111122224333_usage_agg_30d order by line",
      rowMode: "array",
    });
    expect(staged.rows).toEqual([
      [2, "a\tb\\", null, 0, 2, 3, null],
      [3, "c", null, 0.001, null, null, 0],
    ]);
  });

  it("stages each float as the number its text stands for, without a sign of zero", async () => {
    const floats: [text: string, staged: number][] = [
      ["-0", 0],
      ["-0.0", 0],
      ["1e-400", 0],
      [`0.${"0".repeat(400)}1`, 0],
      ["+.5", 0.5],
      ["5.", 5],
      ["007.50", 7.5],
      ["0.1000000000000000055511151231257827", 0.1],
      [`0.1${"0".repeat(60)}`, 0.1],
      ["1.7976931348623157e308", Number.MAX_VALUE],
      ["33.495780306", 33.495780306],
    ];
    const path = join(folder, "floats.csv");
    const lines = floats.map(([text], i) => `U-${i},${text},1,1,1,1`);
    writeFileSync(path, [HEADER, ...lines].join("\n"));
    const { report } = await stage(await fingerprintOf(path));
    expect(report.success).toBe(true);
    const { rows } = await pool.query(
      "select watch_hours_30d::text as text from staging.r1111111122224333_usage_agg_30d order by line",
    );
    expect(rows.map(({ text }) => text)).toEqual(floats.map(([, staged]) => String(staged)));
  });

  it("replaces what a former attempt staged", async () => {
    const path = join(folder, "again.csv");
    writeFileSync(path, `${HEADER}\nU-1,1,1,1,1,1\n`);
    const file = await fingerprintOf(path);
    await stage(file);
    await stage(file);
    expect(await stagedRows(pool, RUN, USAGE)).toBe(1);
  });

  it("fails with the connection's own error where the connection ends under it", async () => {
    const file = await fingerprintOf(writeRows(join(folder, "cut.csv"), 200_000));
    // Which of them comes first is the network's; a run takes each for worth another try.
    const lost = expect.stringMatching(/^(57P01|EPIPE|ECONNRESET)$/);
    const refused = expect(stage(file)).rejects.toMatchObject({ code: lost });
    await until("its COPY was ended", async () => {
      const { rows } = await pool.query(
        `select count(pg_terminate_backend(pid))::int as ended from pg_stat_activity
         where datname = current_database() and query like 'copy staging%'`,
      );
      return rows[0].ended > 0;
    });
    await refused;
  });

  it("stops where the run is cancelled, and leaves a usable pool", async () => {
    const file = await fingerprintOf(writeRows(join(folder, "cancelled.csv"), 40_000));
    const abort = new AbortController();
    const client = await pool.connect();
    const hooks = { onBytes: () => abort.abort(), signal: abort.signal };
    const staging = stageFile(
      client,
      definitions,
      RUN,
      USAGE,
      scheme,
      file,
      new ExpectationTally(definitions),
      hooks,
    );
    await expect(staging).rejects.toMatchObject({ name: "AbortError" });
    client.release(true);
    expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("holds no more of 200 000 rows in memory than of a few", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const held = () => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const file = await fingerprintOf(writeRows(join(folder, "large.csv"), 200_000));
    expect(file.bytes).toBeGreaterThan(10_000_000);
    const before = held();
    let most = 0;
    let chunks = 0;
    const { rows, report } = await stage(file, () => {
      if (chunks++ % 4 === 0) most = Math.max(most, held() - before);
    });
    expect({ rows, success: report.success }).toEqual({ rows: 200_000, success: true });
    // As objects the rows would be more than 60 MB.
    expect(most).toBeLessThan(8_000_000);
  });

  it("holds no more of 200 000 violations than their sample", async () => {
    const file = await fingerprintOf(writeRows(join(folder, "wrong.csv"), 200_000, "wrong"));
    const { report, tally } = await stage(file);
    const failed = report.expectations.filter(({ unexpectedCount }) => unexpectedCount > 0);
    expect(failed).toMatchObject([
      { column: "rebuffer_events_7d", unexpectedCount: 200_000, unexpectedPercent: 100 },
    ]);
    expect(failed[0]!.sample).toHaveLength(20);
    expect(JSON.stringify(tally.toState()).length).toBeLessThan(20_000);
  });
});

function writeRows(path: string, count: number, last = "1"): string {
  const file = openSync(path, "w");
  writeSync(file, `${HEADER}\n`);
  let text = "";
  for (let i = 0; i < count; i++) {
    text += `U-${String(i).padStart(12, "0")},${i / 7},${i / 3},${i % 5},${i % 11},${last}\n`;
    if (i % 1000 === 999) {
      writeSync(file, text);
      text = "";
    }
  }
  closeSync(file);
  return path;
}
