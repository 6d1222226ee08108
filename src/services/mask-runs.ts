import type { Deployment } from "../definitions/language/deployment.js";
import { entityOf } from "../definitions/language/entities.js";
import { headerOf } from "../definitions/language/file-reading.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { maskReport } from "../ingest/quotes-personal.js";
import { runKinds } from "../jobs/run-kinds.js";
import { MASKED_COLUMNS } from "../registry/environment.js";
import type { QuarantinedRow, Run, RunEvent, ValidationReport } from "../registry/run.js";
import type { Personal } from "./personal-reads.js";

/** What stands in place of words that were written when a column was not yet declared personal. */
const WITHHELD = "withheld: it was written before a column was declared personal, and may quote its values";

type Told = Pick<Run, "kind" | "startedAt" | "environment">;

/**
 * Whether a run's own words, files and results may have values that are personal now: those of kinds that report on values leave
 * out what was declared personal when they ran, and no more.
 */
export function mayQuoteValues(personal: Personal, { kind, startedAt, environment }: Told): boolean {
  if (startedAt === null || !reports(kind)) return false;
  const masked = environment[MASKED_COLUMNS];
  const known = new Set<unknown>(Array.isArray(masked) ? masked : []);
  return personal.names.some((name) => !known.has(name));
}

export function maskRun<Given extends Run | null>(personal: Personal, run: Given): Given {
  if (run === null) return run;
  if (!mayQuoteValues(personal, run)) return withReport(personal, { ...run }, run);
  const { sample: _, ...result } = run.result ?? {};
  return withReport(
    personal,
    { ...run, error: run.error && { ...run.error, message: WITHHELD }, result: run.result && result },
    run,
  );
}

/** The report as the caller has it, once they ask for it: few who read a run do. */
function withReport<Given extends Run>(personal: Personal, masked: Given, { validation }: Run): Given {
  let report: ValidationReport | null | undefined;
  const get = () => {
    if (report === undefined) report = validation && maskReport(validation, personal);
    return report;
  };
  return Object.defineProperty(masked, "validation", { get, enumerable: true, configurable: true });
}

/** @param of the run it is an event of; null where it is gone */
export const maskEvent = (personal: Personal, event: RunEvent, of: Run | null): RunEvent =>
  of && !mayQuoteValues(personal, of) ? event : { ...event, message: WITHHELD, data: null };

/** Whether events of the kind can have values at all: of others no run is looked up. */
export const eventsMayQuote = ({ kind }: Pick<RunEvent, "kind">): boolean => reports(kind);

/** A kind that this process does not know may have said anything. */
const reports = (kind: string): boolean => (runKinds.find(kind)?.holds ?? "reports") === "reports";

/** Of a source with a personal column what is declared, and not personal, is shown; a row without columns not at all. */
export function maskQuarantined(
  personal: Personal,
  definitions: Deployment,
  quarantined: QuarantinedRow,
): QuarantinedRow {
  const { source: name, row } = quarantined;
  if (!personal.hasSource(name)) return quarantined;
  if (Array.isArray(row)) return { ...quarantined, row: row.map(() => null), masked: [] };
  const source = definitions.sources.find((each) => each.name === name);
  const columns = source
    ? [
        ...Object.keys(source.columns),
        ...keyColumnsOf(entityOf(definitions, source)).map(({ column }) => column),
      ]
    : [];
  const shown = new Set(
    columns
      .filter((column) => !personal.hasColumn(name, column))
      .map((column) => (source ? headerOf(source, column) : column)),
  );
  const masked = Object.keys(row).filter((header) => !shown.has(header));
  const left = Object.entries(row).map(([header, text]) => [header, shown.has(header) ? text : null]);
  return { ...quarantined, row: Object.fromEntries(left), masked };
}
