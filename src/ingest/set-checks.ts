import { inLanes } from "../db/lanes.js";
import type { Pool } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";
import type { ExpectationTally } from "./expectation-tally.js";
import { type DeclaredExpectation, declaredOf } from "./expectations/declared.js";
import { deliveryExpectationsOver } from "./expectations/delivery/registry.js";
import { StagedSet } from "./expectations/staged-set.js";
import { findUnexpected } from "./unexpected-rows.js";

/**
 * Checks of rows that need the whole file: of the keys of every source, and what sources declare of theirs. Adds what
 * it finds to the tally.
 */
export async function checkSets(
  db: Pool,
  deployment: Deployment,
  runId: string,
  tally: ExpectationTally,
): Promise<void> {
  // What each finds is tallied apart, so the order in which they end does not show.
  await inLanes(tally.sources, async (source) => {
    await checkKeys(db, deployment, runId, source, tally);
    await checkDeclaredRows(db, deployment, runId, source, tally);
  });
}

async function checkKeys(
  db: Pool,
  deployment: Deployment,
  runId: string,
  source: Source,
  tally: ExpectationTally,
): Promise<void> {
  for (const record of deliveryExpectationsOver("keys")) {
    const { name, evaluation } = record;
    for (const { column } of record.expected({ deployment, source, fileOf: (name) => tally.fileOf(name) })) {
      const of = { column, expectation: name };
      const needed = evaluation.needs(deployment, source);
      if (needed && !tally.wasRead(needed.name)) {
        tally.skipped(source.name, of, unread(tally, needed.name));
        continue;
      }
      const rowsSql = evaluation.rowsSql({ deployment, source, runId, misshapenOf: misshapenOf(tally) });
      const found = await findUnexpected(db, runId, rowsSql, tally.quarantineNumber(source.name, of));
      tally.found(source.name, of, { ...found, seen: null, namesRows: true });
    }
  }
}

/**
 * Checks a source's expectations over all its rows. Nothing is said of files that could
 * not be read.
 */
export async function checkDeclaredRows(
  db: Pool,
  deployment: Deployment,
  runId: string,
  source: Source,
  tally: ExpectationTally,
): Promise<void> {
  if (!tally.wasRead(source.name)) return;
  const sourceNames = deployment.sources.map(({ name }) => name);
  for (const declared of declaredOf(source, sourceNames)) {
    const { evaluation, index } = declared;
    if (evaluation.over !== "set") continue;
    const missing = evaluation.needs(sourceNames).find((name) => !tally.wasRead(name));
    if (missing !== undefined) tally.skipped(source.name, { index }, unread(tally, missing));
    else {
      const found = await evaluation.find(stagedSet(db, deployment, runId, source, declared, tally));
      tally.found(source.name, { index }, found);
    }
  }
}

/** Checks what every source declares of its file as a whole, by the rows that are to be published. */
export async function checkDeclaredAggregates(
  db: Pool,
  deployment: Deployment,
  runId: string,
  tally: ExpectationTally,
): Promise<void> {
  for (const source of tally.sources) {
    if (!tally.wasRead(source.name)) continue;
    for (const declared of declaredOf(source)) {
      const { evaluation, index } = declared;
      if (evaluation.over !== "file") continue;
      const observed = await evaluation.observe(stagedSet(db, deployment, runId, source, declared, tally));
      tally.observed(source.name, { index }, observed, evaluation.problem(observed));
    }
  }
}

const unread = (tally: ExpectationTally, source: string) => `${tally.fileOf(source)} could not be read`;

/** Under which number rows of a source are noted that could not be staged, by the first such expectation. */
const misshapenOf = (tally: ExpectationTally) => (source: string) =>
  tally.delivers(source) ? tally.quarantineNumber(source, { column: null, expectation: "row_shape" }) : null;

const stagedSet = (
  db: Pool,
  deployment: Deployment,
  runId: string,
  source: Source,
  { columnOf, index }: DeclaredExpectation,
  tally: ExpectationTally,
) =>
  new StagedSet({
    ...{ db, deployment, runId, source, columnName: columnOf(keyOf(deployment, source)) },
    number: tally.quarantineNumber(source.name, { index }),
    misshapenOf: misshapenOf(tally),
    rowsLeft: tally.rowsLeft(source.name),
  });
