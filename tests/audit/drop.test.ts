import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditLog } from "../../src/audit/audit-log.js";
import { dropEntries, notExported } from "../../src/audit/drop-entries.js";
import { type AuditEntry, hashOfDetails, hashOfEntry, NO_ENTRY } from "../../src/audit/entry.js";
import { readLine } from "../../src/audit/exported.js";
import { verifyChain } from "../../src/audit/verify.js";
import { checkAudit } from "../../src/cli/doctor/audit.js";
import { createPool, type Pool, withClient } from "../../src/db/pool.js";
import { asofHere } from "../support/cli.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { until } from "../support/until.js";

/** Of more than one batch. */
const OLD = 5_200;
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const SALT = "00112233445566778899aabbccddeeff";

let database: TestDatabase;
let pool: Pool;
let folder: string;
/** Of every entry that was ever there, in their order. */
const hashes: string[] = [];

/** As they were written long ago. */
async function insertOld(count: number): Promise<void> {
  const entries: AuditEntry[] = [];
  let previousHash = NO_ENTRY;
  for (let place = 1; place <= count; place++) {
    const details = JSON.stringify({ args: { place } });
    const at = new Date(Date.UTC(2020, 0, 1) + place * 60_000).toISOString();
    const entry: AuditEntry = {
      ...{ id: String(place), at, actor: "ann", role: "admin", requestId: `r-${place}`, action: "promote" },
      ...{ subject: "model churn version 3", outcome: "DONE", code: null, answers: null, erasedBy: null },
      ...{ details, salt: SALT, detailsHash: hashOfDetails(SALT, details), previousHash, hash: "" },
    };
    previousHash = hashOfEntry(entry);
    hashes.push(previousHash);
    entries.push({ ...entry, hash: previousHash });
  }
  await pool.query(
    `insert into audit_log (id, at, actor, role, request_id, action, subject, outcome, salt, details, details_hash, previous_hash, hash)
     select (e->>'id')::bigint, (e->>'at')::timestamptz, e->>'actor', e->>'role', e->>'requestId', e->>'action', e->>'subject',
       e->>'outcome', decode(e->>'salt', 'hex'), e->>'details', decode(e->>'detailsHash', 'hex'),
       decode(e->>'previousHash', 'hex'), decode(e->>'hash', 'hex')
     from jsonb_array_elements($1::jsonb) e`,
    [JSON.stringify(entries)],
  );
}

const audit = (...args: string[]) => asofHere(["audit", ...args], { DATABASE_URL: database.url });
const exportTo = async (name: string): Promise<string> => {
  const file = join(folder, name);
  writeFileSync(file, (await audit("export")).out);
  return file;
};
const count = async () =>
  (await pool.query("select count(*)::int as entries from audit_log")).rows[0].entries;
const append = () =>
  new AuditLog(pool).append({
    ...{ actor: "bob", role: "admin", requestId: null, action: "promote", subject: null },
    ...{ outcome: "DONE", code: null, answers: null, details: {} },
  });
/** Does what the trigger refuses, as a superuser can, and undoes it. */
async function tampered(statement: string): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query("begin; set local session_replication_role = replica");
    await client.query(statement);
    return (await verifyChain(client, null)).problems;
  } finally {
    await client.query("rollback");
    client.release();
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "asof-audit-"));
  database = await createMigratedDatabase();
  pool = createPool(database.url, 4);
  await insertOld(OLD);
  for (let recent = 0; recent < 3; recent++) await append();
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

describe("asof audit drop", () => {
  it("shows what is old, and drops nothing", async () => {
    const { code, out } = await audit("drop", "--keep-days", "365");
    expect(code).toBe(0);
    expect(out).toMatch(
      /^5200 entries, up to 5200, are older than \S+Z and would be dropped, [\d,]+ bytes;\nasof audit export writes them to a file; with --exported <file> they are dropped\n$/,
    );
    expect((await audit("drop", "--keep-days", "36500")).out).toMatch(/^no entry is older than 19\d\d/);
    const wrong = await audit("drop", "--keep-days", "0");
    expect([wrong.code, wrong.err]).toEqual([
      2,
      expect.stringContaining("--keep-days 0: 1 to 36500 was expected"),
    ]);
    expect(await count()).toBe(OLD + 3);
  });

  it("drops nothing that the file does not have as the log has it", async () => {
    const lines = readFileSync(await exportTo("whole.jsonl"), "utf8").split("\n");
    const ninth = JSON.parse(lines[8]!);
    for (const [changed, problem] of [
      [lines.toSpliced(8, 1), "it has no entry 9"],
      [lines.slice(0, 5_000), "it has no entry 5001"],
      [lines.with(8, "no entry"), "it has no entry 9"],
      [lines.with(8, JSON.stringify({ ...ninth, actor: "mallory" })), "entry 9 is not as the log has it"],
      ...[{ details: "{}" }, { details: null, salt: null }, { details: null }, { salt: null }].map(
        (of) =>
          [lines.with(8, JSON.stringify({ ...ninth, ...of })), "entry 9 is not as the log has it"] as const,
      ),
    ] as const) {
      const file = join(folder, "changed.jsonl");
      writeFileSync(file, changed.join("\n"));
      const { code, err } = await audit("drop", "--keep-days", "365", "--exported", file);
      expect([code, err]).toEqual([1, expect.stringContaining(`${problem}; nothing was dropped`)]);
    }
    const missing = await audit("drop", "--keep-days", "365", "--exported", join(folder, "none"));
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining("none cannot be read: ENOENT")]);
    expect(await verifyChain(pool, null)).toMatchObject({ droppedTo: null, problems: [] });
  });

  it("takes no details that cannot be verified where an erasure took those of the log", async () => {
    const lines = readFileSync(await exportTo("whole.jsonl"), "utf8").split("\n");
    const lacks = async (of: object) => {
      const client = await pool.connect();
      try {
        await client.query("begin; set local session_replication_role = replica");
        await client.query("update audit_log set details = null, salt = null, erased_by = 5 where id = 9");
        const entries = lines.slice(0, 10).map((line, place) => {
          const read = readLine(line)!;
          return place === 8 ? { ...read, ...of } : read;
        });
        return await notExported(client, "10", Readable.from(entries)[Symbol.asyncIterator]());
      } finally {
        await client.query("rollback");
        client.release();
      }
    };
    expect(await lacks({})).toBeNull();
    expect(await lacks({ details: null, salt: null })).toBeNull();
    const problem = "entry 9 is not as the log has it";
    expect(await lacks({ details: "{}" })).toBe(problem);
    expect(await lacks({ details: "{}", salt: null })).toBe(problem);
  });

  it("leaves a chain that verifies between two batches, too", async () => {
    const file = await exportTo("archive.jsonl");
    const session = await pool.connect();
    await session.query("begin; select 1 from audit_log where id = 5100 for update");
    const dropping = audit("drop", "--keep-days", "365", "--exported", file);
    await until("the first batch is gone", async () => (await count()) < OLD);
    expect(await verifyChain(pool, null)).toMatchObject({ droppedTo: "5000", problems: [] });
    await session.query("rollback");
    session.release();
    const { code, out } = await dropping;
    expect([code, out]).toEqual([0, `5200 entries, up to 5200, were dropped; keep ${file}\n`]);
  });

  it("is on record, and the rest of the chain follows what was exported", async () => {
    const { rows } = await pool.query(
      "select id::text, actor, subject, details, encode(previous_hash, 'hex') as previous from audit_log order by audit_log.id",
    );
    expect(rows[0]).toMatchObject({ id: "5201", previous: hashes.at(-1) });
    const dropped = rows.filter(({ subject }) => subject?.startsWith("entries to"));
    expect(dropped.map(({ subject }) => subject)).toEqual(
      [5_000, 5_200].map((id) => `entries to ${id}, whose last hash is ${hashes[id - 1]}`),
    );
    expect(dropped[1].actor).toMatch(/^command line/);
    expect(JSON.parse(dropped[1].details)).toEqual({ entries: 200, args: { keepDays: 365 } });
    expect(await withClient(pool, (client) => checkAudit(client, null))).toMatchObject({
      status: "ok",
      message: expect.stringContaining("; those up to 5200 were dropped, as is on record; "),
    });
  });

  it.skipIf(!hasPython)(
    "leaves two files that the page's fifteen lines verify, one after the other",
    async () => {
      const script = /```python\n(.*?)```/s.exec(readFileSync("docs/audit.md", "utf8"))![1]!;
      writeFileSync(join(folder, "verify.py"), script);
      await exportTo("rest.jsonl");
      for (const name of ["archive.jsonl", "rest.jsonl"]) {
        const { status, stdout } = spawnSync("python3", ["verify.py", name], {
          cwd: folder,
          encoding: "utf8",
        });
        expect([status, stdout]).toEqual([
          0,
          expect.stringMatching(/^verified; the last hash is [0-9a-f]{64}\n$/),
        ]);
      }
    },
  );

  it.each([
    ["delete from audit_log where id = 5201", ["entries 1 to 5201 are missing"]],
    ["delete from audit_log where id <= 5203", ["entries 1 to 5203 are missing"]],
    ["delete from audit_log where subject like 'entries to 5200,%'", ["entries 1 to 5200 are missing"]],
    [
      "update audit_log set subject = replace(subject, 'entries to 5200', 'entries to 5201') where subject like 'entries to 5200,%'; delete from audit_log where id = 5201",
      ["entries 1 to 5201 are missing"],
    ],
  ])("is no way to drop more: %s is found", async (statement, problems) => {
    expect((await tampered(statement)).slice(0, problems.length)).toEqual(problems);
  });

  it("says of a hash that was noted before that its entry may be gone", async () => {
    expect((await verifyChain(pool, hashes.at(-1)!)).problems).toEqual([]);
    expect((await verifyChain(pool, hashes[99]!)).problems).toEqual([
      `no entry has the hash ${hashes[99]}: the end was cut off, or all rewritten, or it is of an entry before 5200, which was dropped: look for it in what was exported`,
    ]);
  });

  it("refuses a deletion as before", async () => {
    await expect(pool.query("delete from audit_log where id = 5201")).rejects.toThrow(
      "DELETE of audit_log is refused: it is only added to",
    );
  });

  it("lets the next entry follow where all were dropped", async () => {
    const { head } = await verifyChain(pool, null);
    const { rows } = await pool.query("select max(id)::text as last from audit_log");
    const who = { actor: "a test", role: null, requestId: null };
    await dropEntries(pool, who, rows[0].last, {});
    const added = await append();
    expect(Number(added)).toBe(Number(rows[0].last) + 2);
    expect(await verifyChain(pool, head)).toMatchObject({
      entries: 2,
      droppedTo: rows[0].last,
      problems: [],
    });
  });
});
