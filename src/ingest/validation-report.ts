import { personalColumns } from "../definitions/language/personal.js";
import type { ExpectationResult, ValidationReport } from "../registry/run.js";
import { kindsInWords, violationInWords } from "./describe-violation.js";
import type { ExpectationTally } from "./expectation-tally.js";
import { quotesPersonal } from "./quotes-personal.js";
import { holds, percentOf, type Tally } from "./tally.js";

/** What a tally says of every expectation. One that was not evaluated, for no reason, does not hold. */
export function reportOf(tally: ExpectationTally): ValidationReport {
  const expectations = [...tally].map((each) => resultOf(each, tally));
  const quarantined = tally.sources
    .map(({ name }) => ({ source: name, file: tally.fileOf(name), rows: tally.quarantinedOf(name) }))
    .filter(({ rows }) => rows > 0)
    .map((kept) => ({ ...kept, percent: (100 * kept.rows) / tally.rowsOf(kept.source) }));
  const erased = tally.deployment.sources
    .map(({ name }) => ({ source: name, file: tally.fileOf(name), rows: tally.erasedOf(name) }))
    .filter(({ rows }) => rows > 0);
  return {
    success: !expectations.some(isFailed),
    expectations,
    quarantined,
    ...(erased.length > 0 && { erased }),
  };
}

export const isFailed = ({ success, severity, quarantined }: ExpectationResult): boolean =>
  !success && severity === "ERROR" && !quarantined;

function resultOf(each: Readonly<Tally>, tally: ExpectationTally): ExpectationResult {
  const rows = tally.rowsOf(each.source);
  const skipped = skippedFor(each, tally);
  const held = holds({ ...each, skipped }, rows);
  const { source, file, column, expectation, severity, rule, mostly, quarantines, count, sample } = each;
  return {
    ...{ source, file, column, expectation, severity, rule, mostly, sample },
    success: held,
    observed: each.observed ?? {
      ...{ rows, rule },
      ...(skipped !== null && { skipped: true, reason: skipped }),
      ...(skipped === null && !each.looked && { skipped: true, reason: NOT_EVALUATED }),
    },
    quarantined: quarantines && count > 0 && !held,
    unexpectedCount: count,
    unexpectedPercent: percentOf(each, rows),
  };
}

const NOT_EVALUATED = "nothing evaluated it, which is a fault of asof or of the expectation's record";

/** Nothing was found wrong, because nothing could be looked at. */
function skippedFor({ source, count, skipped, whole, index }: Readonly<Tally>, tally: ExpectationTally) {
  if (count > 0 || skipped !== null) return skipped;
  const isOfFile = whole && index === null;
  return isOfFile || tally.wasRead(source) ? null : `${tally.fileOf(source)} could not be read`;
}

/**
 * What must be corrected: the first violation with its file, line, column and value, then how many there
 * are of each kind. Null where there is none.
 */
export function failureInWords(tally: ExpectationTally): string | null {
  const isError = ({ severity, quarantines }: Readonly<Tally>) => severity === "ERROR" && !quarantines;
  const failed = [...tally].filter(
    (each) => isError(each) && each.count > 0 && !holds(each, tally.rowsOf(each.source)),
  );
  const first = failed[0];
  if (!first) return neglectedInWords(tally);
  const total = failed.reduce((sum, each) => sum + each.count, 0);
  const quoted = !quotesPersonal(personalColumns(tally.deployment), first);
  const words = violationInWords({ ...first, ofRows: !first.whole, quoted });
  if (total === 1) return words;
  return `${words}; ${total} violations in all (${kindsInWords(failed)}), their lines are in the run's validation`;
}

/** Whatever its severity: whether it holds is unknown. */
function neglectedInWords(tally: ExpectationTally): string | null {
  const { expectations } = reportOf(tally);
  const neglected = expectations.find(({ success, unexpectedCount }) => !success && unexpectedCount === 0);
  if (!neglected) return null;
  const where = [neglected.file, neglected.column && `column ${neglected.column}`].filter(Boolean).join(", ");
  return `${where}: ${neglected.expectation}: ${NOT_EVALUATED}`;
}
