import { inLanes } from "../db/lanes.js";
import { type Pool, quote } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { checkDeclaredRows } from "./declared-set-checks.js";
import type { ExpectationTally } from "./expectation-tally.js";
import { stagingTable } from "./staging.js";
import { findUnexpected, unknownRows } from "./unexpected-rows.js";

/**
 * Checks of rows that need the whole file: no key twice, every key a known entity, and what sources declare of
 * theirs. Adds what it finds to the tally. Where the entity file could not be read, nobody is called unknown for it.
 */
export async function checkSets(
  db: Pool,
  deployment: Deployment,
  runId: string,
  tally: ExpectationTally,
): Promise<void> {
  const { sources, entitySource, entity } = deployment;
  const check = async (source: Source, expectation: "unique" | "known_entity", rowsSql: string) => {
    const number = tally.quarantineNumber(source.name, entity.key, expectation);
    const { count, sample } = await findUnexpected(db, runId, rowsSql, number);
    for (const [index, row] of sample.entries()) {
      // The first carries what is beyond the sample.
      const extra = index === 0 ? count - sample.length + 1 : 1;
      tally.violated(source.name, entity.key, expectation, row, extra);
    }
  };
  // What each finds is tallied apart, so the order in which they end does not show.
  await inLanes(sources, async (source) => {
    await check(source, "unique", repeatedKeys(entity.key, runId, source));
    if (source !== entitySource && tally.wasRead(entitySource.name)) {
      const misshapen = tally.quarantineNumber(entitySource.name, null, "row_shape");
      const unknown = unknownRows(deployment, runId, source, entitySource, entity.key, misshapen);
      await check(source, "known_entity", unknown);
    }
    await checkDeclaredRows(db, deployment, runId, source, tally);
  });
}

function repeatedKeys(keyName: string, runId: string, source: Source): string {
  const [key, staged] = [quote(keyName), stagingTable(runId, source)];
  return `with repeated as materialized (
      select ${key} as key, min(line) as first from ${staged} group by 1 having count(*) > 1
    )
    select s.line, s.${key} as key, s.${key} as value from ${staged} s
    join repeated on repeated.key = s.${key} and s.line > repeated.first`;
}
