import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditLog, AuditUnavailableError, appendWithin } from "../../src/audit/audit-log.js";
import type { NewEntry } from "../../src/audit/entry.js";
import { BLANKED, verifyChain } from "../../src/audit/verify.js";
import { createPool, type Pool, withTransaction } from "../../src/db/pool.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";

let database: TestDatabase;
let pool: Pool;
/** As another process has one. */
let other: Pool;

const entry = (of: Partial<NewEntry> = {}): NewEntry => ({
  ...{ actor: "ann", role: "admin", requestId: "r-1", action: "promote", subject: "model churn version 3" },
  ...{ outcome: "DONE", code: null, answers: null, details: { args: { reason: 'bad "data"\n\u2028 \\ é' } } },
  ...of,
});

const append = (log: AuditLog, count: number, actor: string) =>
  Promise.all(
    Array.from({ length: count }, (_, place) => log.append(entry({ actor, requestId: `${place}` }))),
  );

/** Does what the trigger refuses, as a superuser can, and undoes it. */
async function tampered(statement: string, head: string | null = null): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query("begin; set local session_replication_role = replica");
    await client.query(statement);
    return (await verifyChain(client, head)).problems;
  } finally {
    await client.query("rollback");
    client.release();
  }
}

beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 4);
  other = createPool(database.url, 2);
});
afterAll(async () => {
  await Promise.all([pool.end(), other.end()]);
  await database.drop();
});

describe("the chain of the audit log", () => {
  it("begins with sixty-four zeros, and says where it ends", async () => {
    expect(await verifyChain(pool, null)).toEqual({
      ...{ entries: 0, head: "0".repeat(64), droppedTo: null, erased: 0, unanswered: 0, problems: [] },
    });
  });

  it("has no gap and no fork where several processes add to it at once", async () => {
    const logs = [new AuditLog(pool), new AuditLog(pool), new AuditLog(other)];
    const ids = (await Promise.all(logs.map((log, place) => append(log, 100, `process-${place}`)))).flat();
    expect(ids.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, id) => id + 1));
    expect(await verifyChain(pool, null)).toMatchObject({ entries: 300, problems: [] });
  });

  it("keeps the order in which one process asked", async () => {
    const { rows } = await pool.query(
      "select request_id::int as place from audit_log where actor = 'process-1' order by id",
    );
    expect(rows.map(({ place }) => place)).toEqual(Array.from({ length: 100 }, (_, place) => place));
  });

  it("takes all that people write: quotes, controls, half of a character, NUL", async () => {
    const odd = 'a\u0000b \ud800 "quoted" \\ \u0001 \u007f \u2028 \b\f\n\r\t 日本 🙂';
    const log = new AuditLog(pool);
    await log.append(entry({ actor: odd, subject: odd, requestId: odd, details: { [odd]: odd } }));
    expect(await verifyChain(pool, null)).toMatchObject({ entries: 301, problems: [] });
  });

  it.each([
    [
      "update audit_log set actor = 'bob' where id = 7",
      ["entry 7 is not as it was written: its hash is another one"],
    ],
    [
      "update audit_log set details = '{}' where id = 7",
      ["the details of entry 7 are not as they were written"],
    ],
    ["delete from audit_log where id between 7 and 9", ["entries 7 to 9 are missing"]],
    ["delete from audit_log where id = 1", ["entry 1 is missing"]],
    [
      "delete from audit_log where id = 7; update audit_log set id = -(id - 1) where id > 7; update audit_log set id = -id where id < 0",
      [
        "entry 7 does not follow from the one before it, which was changed or put in its place",
        "entry 7 is not as it was written: its hash is another one",
      ],
    ],
    [
      "update audit_log set details = null, salt = null where id = 7",
      ["the details of entry 7 are gone, by no erasure"],
    ],
  ])("finds %s", async (statement, problems) => {
    const found = await tampered(statement);
    expect(found.slice(0, problems.length)).toEqual(problems);
  });

  it("finds an entry that was put in with a hash of its own", async () => {
    const found = await tampered(
      `update audit_log set id = -(id + 1) where id > 7; update audit_log set id = -id where id < 0;
       insert into audit_log select 8, at, 'mallory', role, request_id, action, subject, outcome, code, answers, salt, details,
         details_hash, hash, sha256(hash) from audit_log where id = 7`,
    );
    expect(found).toContain("entry 8 is not as it was written: its hash is another one");
  });

  it("finds that its end was cut off, where a hash was noted before", async () => {
    const { head } = await verifyChain(pool, null);
    const cut = "delete from audit_log where id > 290";
    expect(await tampered(cut)).toEqual([]);
    expect(await tampered(cut, head)).toEqual([
      `no entry has the hash ${head}: the end was cut off, or all rewritten`,
    ]);
    expect((await verifyChain(pool, head)).problems).toEqual([]);
  });

  it.each(["update audit_log set actor = 'bob'", "delete from audit_log", "truncate audit_log"])(
    "refuses %s",
    async (statement) => {
      await expect(pool.query(statement)).rejects.toMatchObject({
        code: "23001",
        message: expect.stringMatching(
          /^(UPDATE|DELETE|TRUNCATE) of audit_log is refused: it is only added to$/,
        ),
      });
    },
  );

  it("lets nobody blank an entry without an erasure, which puts down that it did", async () => {
    const { rows } = await pool.query("select count(*)::int as erasures from erasures");
    expect(rows[0].erasures).toBe(0);
    const found = await tampered(
      "update audit_log set details = null, salt = null, erased_by = 5 where id = 7",
    );
    expect(found).toEqual(["the details of entry 7 are gone, and no erasure has put down that it took them"]);
    const told = withTransaction(pool, async (tx) => {
      await tx.query("set local session_replication_role = replica");
      await tx.query("update audit_log set details = null, salt = null, erased_by = 5 where id = 7");
      await appendWithin(tx, entry({ action: BLANKED, details: { entries: [7] } }));
      expect(await verifyChain(tx, null)).toMatchObject({ erased: 1, problems: [] });
      throw new Error("undone");
    });
    await expect(told).rejects.toThrow("undone");
  });

  it("lets an entry answer what the same one asked for in the same request, and nothing else", async () => {
    const log = new AuditLog(pool);
    const asked = await log.append(entry({ outcome: "ASKED" }));
    const answersOf = async (of: Partial<NewEntry>) => {
      const id = await log.append(entry({ answers: asked, ...of }));
      const { rows } = await pool.query("select answers::text from audit_log where id = $1", [id]);
      return rows[0].answers;
    };
    expect(await answersOf({})).toBe(asked);
    for (const of of [{ actor: "bob" }, { action: "rollback" }, { requestId: "r-2" }, { requestId: null }])
      expect([of, await answersOf(of)]).toEqual([of, null]);
    expect(await answersOf({ answers: String(Number(asked) + 1) })).toBeNull();
    expect(await verifyChain(pool, null)).toMatchObject({ problems: [] });
  });

  it("is not held up for ever: neither by a transaction that stands still, nor by one that goes on", async () => {
    const [still, going] = [await pool.connect(), await other.connect()];
    // What stands still loses its connection.
    still.on("error", () => {});
    await still.query("begin");
    await appendWithin(still, entry({ actor: "stands still" }));
    const log = new AuditLog(pool);
    await log.append(entry({ actor: "goes on" }));
    await expect(still.query("commit")).rejects.toThrow();
    still.release(true);
    const { rows } = await pool.query("select 1 from audit_log where actor = 'stands still'");
    expect(rows).toEqual([]);
    await going.query("begin; select pg_advisory_xact_lock(hashtextextended('asof_audit', 0))");
    await expect(log.append(entry())).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: "the audit log cannot be written: canceling statement due to lock timeout",
    });
    await going.query("rollback");
    going.release();
    await log.append(entry());
    expect(await verifyChain(pool, null)).toMatchObject({ problems: [] });
  });

  it("says of an entry that was not stored that it was not", async () => {
    const closed = createPool(database.url, 1);
    await closed.end();
    const error = await new AuditLog(closed).append(entry()).catch((failure) => failure);
    expect(error).toBeInstanceOf(AuditUnavailableError);
    expect(error).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: expect.stringMatching(/^the audit log cannot be written: /),
    });
  });
});
