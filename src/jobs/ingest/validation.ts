import { personalColumns } from "../../definitions/language/personal.js";
import { kindsInWords } from "../../ingest/describe-violation.js";
import { maskReport } from "../../ingest/quotes-personal.js";
import { validationPage } from "../../ingest/validation-page.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import type { ExpectationResult, ValidationReport } from "../../registry/run.js";
import { RunTracker } from "../../registry/run-tracker.js";
import type { Resources, RunContext } from "../run-kind.js";

/** Keeps a run's report, as data and as a page to read. */
export async function saveValidation(
  { pool, definitions }: Pick<Resources, "pool" | "definitions">,
  { runId, params: { source, asOf } }: RunContext<{ source: string; asOf: string }>,
  report: ValidationReport,
): Promise<void> {
  const page = validationPage(maskReport(report, personalColumns(definitions)), {
    runId,
    source,
    asOf,
    at: new Date(),
  });
  await new RunTracker(pool).saveValidation(runId, report);
  await new ArtifactStore(pool).save(runId, {
    name: "validation_report.html",
    mediaType: "text/html; charset=utf-8",
    bytes: Buffer.from(page),
  });
}

/** `52 expectations hold`, which rows are kept out for which others, and which warnings there are. */
export function describeHolding({ expectations, quarantined = [], erased = [] }: ValidationReport): string {
  const broken = expectations.filter(({ success }) => !success);
  const inWords = (results: ExpectationResult[]) =>
    kindsInWords(results.map((result) => ({ ...result, count: result.unexpectedCount })));
  const parts = [`${expectations.length - broken.length} expectations hold`];
  if (quarantined.length > 0) {
    const rows = quarantined.map(({ file, rows }) => `${file} ${rows}`).join(", ");
    parts.push(`rows in quarantine: ${rows} (${inWords(broken.filter((result) => result.quarantined))})`);
  }
  if (erased.length > 0)
    parts.push(
      `rows of who was erased, passed over: ${erased.map(({ file, rows }) => `${file} ${rows}`).join(", ")}`,
    );
  const warnings = broken.filter((result) => !result.quarantined);
  if (warnings.length > 0) parts.push(`warnings: ${inWords(warnings)}`);
  return parts.join("; ");
}
