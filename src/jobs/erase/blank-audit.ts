import { appendWithin } from "../../audit/audit-log.js";
import { KeysSent, TELLING_CHARACTERS } from "../../audit/persons.js";
import { BLANKED } from "../../audit/verify.js";
import { type Pool, type Queryable, withTransaction } from "../../db/pool.js";
import { countErased } from "../../features/erasure/erase-rows.js";
import type { PlaceRows } from "../../features/erasure/erasure-counts.js";
import { textsThatAre } from "./kept-texts.js";
import type { Mention, Mentioned } from "./mention.js";
import { holdsAny, needlesOf } from "./scrub-texts.js";

const TABLE = "audit_log";
/** Of one transaction: all that is audited waits for it. */
const MOST_AT_ONCE = 500;

const COLUMNS = textsThatAre("blanked").flatMap(({ columns }) => columns);

/**
 * Takes the details of entries that name the persons. Their hash stays, and with it the chain; which entries they were is put down in
 * the chain itself, so that nobody can blank one and say that it was an erasure.
 */
export async function blankAudit(pool: Pool, runId: string, persons: readonly Mentioned[]): Promise<void> {
  for (const { erasure, mention } of persons) {
    const ids = await entriesNaming(pool, mention);
    for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
      const entries = ids.slice(from, from + MOST_AT_ONCE);
      await withTransaction(pool, async (tx) => {
        await tx.query(
          "update audit_log set salt = null, details = null, erased_by = $2 where id = any($1) and details is not null",
          [entries, erasure.id],
        );
        await countErased(tx, erasure, TABLE, entries.length);
        await appendWithin(tx, {
          ...{ actor: "asof", role: null, requestId: null, action: BLANKED, subject: `run ${runId}` },
          ...{ outcome: "DONE", code: null, answers: null, details: { entries } },
        });
      });
    }
  }
}

/** How many would be. */
export async function countAudit(db: Queryable, mentions: readonly Mention[]): Promise<PlaceRows[]> {
  let rows = 0;
  for (const mention of mentions) rows += (await entriesNaming(db, mention)).length;
  return rows > 0 ? [{ place: TABLE, rows }] : [];
}

async function entriesNaming(db: Queryable, mention: Mention): Promise<number[]> {
  const { rows } = await db.query<{ id: string; details: string }>(
    `select id::text, details from audit_log where details is not null and ${holdsAny(COLUMNS)} order by id`,
    [[...needlesOf([mention]), ...(mention.key.length < TELLING_CHARACTERS ? [] : [mention.key])]],
  );
  return rows.filter(({ details }) => names(mention, details)).map(({ id }) => Number(id));
}

function names(mention: Mention, details: string): boolean {
  const kept: unknown = JSON.parse(details);
  return JSON.stringify(mention.scrub(kept)) !== JSON.stringify(kept) || isInWords(mention.key, kept);
}

/** By the rule that leaves it out where the key was sent beside the words: there a number may be the key, elsewhere it is a count. */
function isInWords(key: string, value: unknown, name = ""): boolean {
  if (typeof value === "string") return new KeysSent({ userId: key }).takenFrom(value, name) !== value;
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([inner, each]) =>
    isInWords(key, each, Array.isArray(value) ? name : inner),
  );
}
