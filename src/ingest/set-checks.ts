import { type Pool, type Queryable, quote } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { checkDeclaredSets } from "./declared-set-checks.js";
import type { ExpectationTally } from "./expectations.js";
import { stagingTable } from "./staging.js";

/**
 * Checks that need the whole file: no key twice, every key a known entity, and what sources declare of theirs. Adds what it finds to the tally. Where
 * the entity file could not be read, nobody is called unknown for it.
 */
export async function checkSets(
  db: Pool,
  deployment: Deployment,
  runId: string,
  tally: ExpectationTally,
): Promise<void> {
  const { sources, entitySource } = deployment;
  const entitiesRead = tally.wasRead(entitySource.name);
  for (const source of sources) {
    await checkUnique(db, deployment, runId, source, tally);
    if (source !== entitySource && entitiesRead) await checkKnown(db, deployment, runId, source, tally);
    await checkDeclaredSets(db, deployment, runId, source, tally);
  }
}

interface Found {
  count: number;
  line: number;
  key: string;
}

async function checkUnique(
  db: Queryable,
  { entity }: Deployment,
  runId: string,
  source: Source,
  tally: ExpectationTally,
): Promise<void> {
  const key = quote(entity.key);
  const { rows } = await db.query<Found>(
    `with repeated as materialized (
       select ${key} as key, min(line) as first from ${stagingTable(runId, source)} group by 1 having count(*) > 1
     ), extra as materialized (
       select s.line, s.${key} as key from ${stagingTable(runId, source)} s
       join repeated on repeated.key = s.${key} and s.line > repeated.first
     )
     select (select count(*)::int from extra) as count, line, key from extra order by line limit 20`,
  );
  report(tally, source, entity.key, "unique", rows);
}

/** Known is who is in this delivery's entity file, or was published before. */
async function checkKnown(
  db: Queryable,
  { entity, entitySource }: Deployment,
  runId: string,
  source: Source,
  tally: ExpectationTally,
): Promise<void> {
  const key = quote(entity.key);
  const { rows } = await db.query<Found>(
    `with unknown as materialized (
       select s.line, s.${key} as key from ${stagingTable(runId, source)} s
       where not exists (select 1 from ${stagingTable(runId, entitySource)} e where e.${key} = s.${key})
         and not exists (select 1 from ${quote(entitySource.name)} e where e.${key} = s.${key})
     )
     select (select count(*)::int from unknown) as count, line, key from unknown order by line limit 20`,
  );
  report(tally, source, entity.key, "known_entity", rows);
}

function report(
  tally: ExpectationTally,
  source: Source,
  column: string,
  expectation: "unique" | "known_entity",
  found: Found[],
): void {
  for (const [index, { count, line, key }] of found.entries()) {
    // The first carries what is beyond the sample.
    const extra = index === 0 ? count - found.length + 1 : 1;
    tally.violated(source.name, column, expectation, { line, userId: key, value: key }, extra);
  }
}
