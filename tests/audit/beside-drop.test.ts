import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditLog } from "../../src/audit/audit-log.js";
import { dropEntries } from "../../src/audit/drop-entries.js";
import type { NewEntry } from "../../src/audit/entry.js";
import { asof } from "../../src/cli/asof.js";
import { checkAudit } from "../../src/cli/doctor/audit.js";
import { createPool, type Pool, withClient } from "../../src/db/pool.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";

/** Of more than one page. */
const ENTRIES = 6_500;
/** What the first drop ends in: in the midst of the second page. */
const FIRST = "2500";
/** Drops in a process of its own, so that it ends while this one stands still. */
const DROP = `
  import pg from "pg";
  const client = new pg.Client(process.argv[1]);
  await client.connect();
  await client.query("begin; set local asof.audit_dropped_to = '5500'; delete from audit_log where id <= 5500; commit");
  await client.end();`;

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 4);
  const log = new AuditLog(pool);
  const entry: NewEntry = {
    ...{ actor: "ann", role: "admin", requestId: null, action: "promote", subject: null },
    ...{ outcome: "DONE", code: null, answers: null, details: {} },
  };
  await Promise.all(Array.from({ length: ENTRIES }, () => log.append(entry)));
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

describe("while old entries are dropped", () => {
  it("asof doctor --audit tells of the log as it was when it began, and of none that are missing", async () => {
    const found = await withClient(pool, (client) => {
      let pages = 0;
      const query = client.query.bind(client) as (...of: unknown[]) => Promise<unknown>;
      client.query = (async (...of: unknown[]) => {
        const answer = await query(...of);
        const isPage = JSON.stringify(of).includes("previous_hash");
        if (isPage && ++pages === 1)
          await dropEntries(pool, { actor: "a test", role: null, requestId: null }, FIRST, {});
        return answer;
      }) as never;
      return checkAudit(client, null).finally(() => {
        client.query = query as never;
        expect(pages).toBe(4);
      });
    });
    expect(found).toMatchObject({ status: "ok", message: expect.stringMatching(/^6500 entries, /) });
    const { rows } = await pool.query("select min(id)::int as first from audit_log");
    expect(rows[0].first).toBe(2501);
  });

  it("asof audit export writes all that there were when it began", async () => {
    const ids: number[] = [];
    let dropping: string | undefined;
    const out = (text: string) => {
      dropping ??= spawnSync(process.execPath, ["--input-type=module", "-e", DROP, database.url], {
        encoding: "utf8",
      }).stderr;
      for (const line of text.split("\n")) if (line !== "") ids.push(Number(JSON.parse(line).id));
    };
    const env = { ...process.env, DATABASE_URL: database.url };
    const code = await asof(["audit", "export"], env, { out, err: () => {}, columns: undefined });
    expect([code, dropping]).toEqual([0, ""]);
    // With what the first drop and the export itself have put down.
    expect(ids).toEqual(Array.from({ length: ENTRIES + 2 - 2_500 }, (_, place) => 2_501 + place));
    const { rows } = await pool.query("select min(id)::int as first from audit_log");
    expect(rows[0].first).toBe(5501);
  });
});
