import { afterAll, beforeAll, expect, it } from "vitest";
import { AuditLog } from "../../../src/audit/audit-log.js";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { countAudit } from "../../../src/jobs/erase/blank-audit.js";
import { Mention } from "../../../src/jobs/erase/mention.js";
import { createMigratedDatabase, type TestDatabase } from "../../support/database.js";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 1);
  const log = new AuditLog(pool);
  for (const args of [
    { input: { version: 3, reason: "customer 471100 complained" } },
    { note: "471100" },
    { note: "(471100)" },
    { input: { tags: [{ comment: "asked by 471100." }] } },
    { reason: "they paid 471100.50, or 1,471100" },
    { reason: "run 4711001, and x471100" },
    { name: "471100", limit: 471100 },
    { reason: "of 42 people" },
  ])
    await log.append({
      ...{ actor: "ada", role: "admin", requestId: null, action: "promote", subject: null },
      ...{ outcome: "ASKED", code: null, answers: null, details: { args } },
    });
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

it.each<[string, number]>([
  // Where it stands alone: not of an amount, a longer number, a name or a count.
  ["471100", 4],
  ["42", 0],
  ["50", 0],
])("entries that name a person whose key is the number %s in words are found: %d", async (key, rows) => {
  const found = await countAudit(pool, [new Mention(key, ["user_id", "userId"])]);
  expect(found).toEqual(rows === 0 ? [] : [{ place: "audit_log", rows }]);
});
