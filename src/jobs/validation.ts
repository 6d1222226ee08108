import type { Pool } from "../db/pool.js";
import { kindsInWords } from "../ingest/expectations.js";
import { validationPage } from "../ingest/validation-page.js";
import { ArtifactStore } from "../registry/artifact-store.js";
import type { ExpectationResult, ValidationReport } from "../registry/run.js";
import { RunTracker } from "../registry/run-tracker.js";
import type { JobContext } from "./job.js";

/** Keeps a run's report, as data and as a page to read. */
export async function saveValidation(
  pool: Pool,
  { runId, params }: JobContext,
  report: ValidationReport,
): Promise<void> {
  const { source, asOf } = params as { source: string; asOf: string };
  const page = validationPage(report, { runId, source, asOf, at: new Date() });
  await new RunTracker(pool).saveValidation(runId, report);
  await new ArtifactStore(pool).save(runId, {
    name: "validation_report.html",
    mediaType: "text/html; charset=utf-8",
    bytes: Buffer.from(page),
  });
}

export const isFailed = ({ success, severity }: ExpectationResult): boolean =>
  !success && severity === "ERROR";

/** `52 expectations hold`, and which warnings there are. */
export function describeHolding({ expectations }: ValidationReport): string {
  const warnings = expectations.filter(({ success }) => !success);
  const hold = `${expectations.length - warnings.length} expectations hold`;
  if (warnings.length === 0) return hold;
  const kinds = warnings.map((result) => ({ ...result, count: result.unexpectedCount }));
  return `${hold}; warnings: ${kindsInWords(kinds)}`;
}
