import { inLanes } from "../db/lanes.js";
import { type Pool, quote, withTransaction } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { isEventSource } from "../definitions/language/windows/event-source.js";
import { computedSources } from "../definitions/language/windows/sources-of.js";
import { type PreparedSnapshot, partitionName } from "./prepared-parts.js";
import { deliveredOf, type Publication } from "./publication.js";

/**
 * Without statistics the first reads after a publication plan as if the tables were empty: seconds, not
 * milliseconds. A small sample shows the row counts and that keys are unique; autovacuum takes the usual one later.
 * Partitions that were prepared have theirs.
 */
export async function analyzePublished(
  pool: Pool,
  deployment: Deployment,
  publication: Pick<Publication, "asOf" | "files">,
  prepared: PreparedSnapshot,
): Promise<void> {
  const { asOf } = publication;
  const delivered = deliveredOf(deployment, publication).filter((source) => !isEventSource(source));
  const parts = [...delivered, ...computedSources(deployment)].filter(
    ({ name }) => !prepared.tables.has(name),
  );
  const tables = [
    ...delivered.map((source) => source.name),
    ...parts.map((part) => partitionName(part, asOf)),
  ];
  await inLanes(tables, (table) =>
    withTransaction(pool, async (tx) => {
      await tx.query("set local default_statistics_target = 10");
      await tx.query(`analyze ${quote(table)}`);
    }),
  );
}
