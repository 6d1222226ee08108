import { escaped, htmlPage, runLink, snapshotLink } from "../html/page.js";
import type {
  ExpectationResult,
  QuarantinedSource,
  UnexpectedRow,
  ValidationReport,
} from "../registry/run.js";
import { fileOf, lineWord } from "./describe-violation.js";

export interface ReportedRun {
  runId: string;
  /** The delivery's folder, and the date it is of. */
  source: string;
  asOf: string;
  at: Date;
}

type Verdict = "failed" | "quarantined" | "warning" | "tolerated" | "not checked" | "held";

/** In order of urgency: what stops the delivery, then what may have to be corrected, then the rest. */
const VERDICTS: readonly Verdict[] = ["failed", "quarantined", "warning", "tolerated", "not checked", "held"];

/**
 * The report as one HTML page: no script, no other host, everything escaped; readable offline and on paper.
 */
export function validationPage(report: ValidationReport, run: ReportedRun): string {
  const of = (verdict: Verdict) => report.expectations.filter((result) => verdictOf(result) === verdict);
  const [failed, warnings, quarantining] = [of("failed"), of("warning"), of("quarantined")];
  const tone = failed.length > 0 ? "failed" : quarantining.length > 0 ? "warning" : "held";
  const title = `Validation of ${run.source}, ${run.asOf}`;
  return htmlPage(
    escaped(title),
    STYLE,
    `<h1>${escaped(title)}</h1>
<p class="verdict ${tone}">${summary(failed, warnings, report.quarantined ?? [])}</p>
<dl>
<dt>Run</dt><dd>${runLink(run.runId)}</dd>
<dt>Snapshot</dt><dd>${failed.length > 0 ? "none: nothing was published" : snapshotLink(run.asOf)}</dd>
<dt>Checked</dt><dd>${run.at.toISOString().slice(0, 19).replace("T", " ")} UTC</dd>
<dt>Expectations</dt><dd>${VERDICTS.map((verdict) => `${of(verdict).length} ${verdict}`).join(", ")}</dd>
</dl>
${section("What must be corrected", failed.map(details))}
${quarantine(report.quarantined ?? [], failed.length === 0, quarantining)}
${section("Warnings", warnings.map(details))}
${section("Tolerated", of("tolerated").map(details))}
<section>
<h2>All expectations</h2>
${table(report)}
</section>`,
  );
}

function summary(
  failed: readonly ExpectationResult[],
  warnings: readonly ExpectationResult[],
  quarantined: readonly QuarantinedSource[],
): string {
  const files = new Set(failed.map(fileOf));
  const warned = warnings.length > 0 ? ` ${plural(warnings.length, "warning")}.` : "";
  if (failed.length === 0 && quarantined.length > 0) {
    return `The delivery can be published without ${escaped(keptOut(quarantined))}.${warned}`;
  }
  if (failed.length === 0) return `The delivery is as expected.${warned}`;
  const what = plural(failed.length, "expectation");
  return `Nothing was published: ${what} failed in ${escaped([...files].join(", "))}. Correct the files and ingest again.${warned}`;
}

const keptOut = (quarantined: readonly QuarantinedSource[]): string =>
  quarantined
    .map(({ file, rows, percent: share }) => `${plural(rows, "row")} of ${file} (${percent(share)})`)
    .join(", ");

/** What was kept out, for which reasons; of a delivery that failed, what would have been. */
function quarantine(
  quarantined: readonly QuarantinedSource[],
  published: boolean,
  results: readonly ExpectationResult[],
): string {
  if (quarantined.length === 0 && results.length === 0) return "";
  const rows = escaped(keptOut(quarantined));
  const intro = published
    ? `In quarantine: ${rows}. Every row is in the run's <code>quarantined</code>, with its reasons.`
    : `If only what failed is corrected, these stay in quarantine: ${rows}.`;
  return section("Quarantine", [
    ...(quarantined.length > 0 ? [`<p>${intro}</p>`] : []),
    ...results.map(details),
  ]);
}

const section = (title: string, articles: readonly string[]): string =>
  articles.length > 0 ? `<section>\n<h2>${title}</h2>\n${articles.join("\n")}\n</section>` : "";

/** One expectation that met with something unexpected: what, where, how much, and the rows themselves. */
function details(result: ExpectationResult): string {
  const { column, expectation, rule, unexpectedCount, sample } = result;
  const where = [fileOf(result), column && `column ${column}`].filter(Boolean).join(", ");
  const shown =
    unexpectedCount > sample.length && sample.length > 0
      ? `<p class="more">The first ${sample.length} of ${number(unexpectedCount)}.</p>`
      : "";
  return `<article class="${classOf(verdictOf(result))}">
<h3>${escaped(where)} <code>${escaped(expectation)}</code></h3>
<p>${escaped(sentence(rule ?? expectation))} ${escaped(amount(result))}</p>
${sample.length > 0 ? rows(sample, lineWord(fileOf(result)), result.masked ? "masked" : "(empty)") : ""}
${shown}
</article>`;
}

/** @param absent what stands where there is no value */
function rows(sample: readonly UnexpectedRow[], line: string, absent: string): string {
  const withUser = sample.some(({ key }) => key);
  const user = ({ key }: UnexpectedRow) => (withUser ? `<td>${shownText(key, "–")}</td>` : "");
  const body = sample.map(
    (row) =>
      `<tr><td class="number">${row.line > 0 ? row.line : "–"}</td>${user(row)}<td>${shownText(row.value, absent)}</td></tr>`,
  );
  return `<table class="sample">
<thead><tr><th class="number">${capital(line)}</th>${withUser ? "<th>User</th>" : ""}<th>Found</th></tr></thead>
<tbody>
${body.join("\n")}
</tbody>
</table>`;
}

function table({ expectations }: ValidationReport): string {
  const sorted = [...expectations].sort(
    (a, b) => VERDICTS.indexOf(verdictOf(a)) - VERDICTS.indexOf(verdictOf(b)),
  );
  const row = (result: ExpectationResult) => {
    const verdict = verdictOf(result);
    return `<tr class="${classOf(verdict)}"><td>${verdict}</td><td>${escaped(result.source)}</td><td>${escaped(result.column ?? "")}</td><td><code>${escaped(result.expectation)}</code></td><td>${escaped(result.rule ?? "")}</td><td class="number">${number(result.unexpectedCount)}</td><td class="number">${percent(result.unexpectedPercent)}</td><td>${escaped(observed(result))}</td></tr>`;
  };
  return `<table>
<thead><tr><th></th><th>Source</th><th>Column</th><th>Expectation</th><th>Expected</th><th class="number">Unexpected</th><th class="number">Share</th><th>Observed</th></tr></thead>
<tbody>
${sorted.map(row).join("\n")}
</tbody>
</table>`;
}

function verdictOf({
  success,
  severity,
  quarantined,
  unexpectedCount,
  observed,
}: ExpectationResult): Verdict {
  if (quarantined) return "quarantined";
  if (!success) return severity === "WARNING" ? "warning" : "failed";
  if (unexpectedCount > 0) return "tolerated";
  return (observed as { skipped?: boolean } | null)?.skipped ? "not checked" : "held";
}

/** `3 unexpected, 0.04 %; observed mean 12.5` */
function amount(result: ExpectationResult): string {
  const seen = observed(result);
  const whole = (result.observed as { rule?: unknown } | null)?.rule === undefined;
  if (whole && seen) return `Observed: ${seen}.`;
  return `${number(result.unexpectedCount)} unexpected, ${percent(result.unexpectedPercent)}.`;
}

function observed({ observed }: ExpectationResult): string {
  if (observed === null || typeof observed !== "object") return "";
  return Object.entries(observed)
    .filter(([name]) => name !== "rule" && name !== "skipped")
    .map(
      ([name, value]) =>
        `${name} ${typeof value === "number" ? number(value) : value === null ? "none" : String(value)}`,
    )
    .join(", ");
}

const capital = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
const sentence = (words: string): string => `${capital(words)}.`;
const classOf = (verdict: Verdict): string => verdict.replace(" ", "-");
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 4 });
/** Never "0 %" where there is something, nor "100 %" where something is as expected. */
function percent(value: number): string {
  if (value > 0 && value < 0.01) return "< 0.01 %";
  if (value > 99.99 && value < 100) return "> 99.99 %";
  return `${number(Math.round(value * 100) / 100)} %`;
}

/** Spaces and controls made visible, and what turns the reading direction: what is shown is what is in the file. */
function shownText(text: string | null, absent: string): string {
  if (!text) return `<i>${absent}</i>`;
  const visible = escaped(text).replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|^ +| +$/g,
    (hidden) => (hidden.startsWith(" ") ? "␣".repeat(hidden.length) : `<b>U+${codeOf(hidden)}</b>`),
  );
  return `<code>${visible}</code>`;
}

const codeOf = (character: string): string =>
  character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");

const STYLE = `
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 1080px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 0 0 .3rem; }
code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
code b { color: #8a1f11; font-weight: normal; }
.verdict { padding: .6rem .9rem; border-left: 5px solid; font-weight: 600; }
.verdict.failed { border-color: #b3261e; background: #fdecea; } .verdict.held { border-color: #2e7d32; background: #eaf5ea; } .verdict.warning { border-color: #b26a00; background: #fdf3e4; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; } dt { color: #555; } dd { margin: 0; }
article { border: 1px solid #ddd; border-left: 5px solid #999; padding: .7rem .9rem; margin: .8rem 0; }
article.failed { border-left-color: #b3261e; } article.warning, article.quarantined { border-left-color: #b26a00; }
article p { margin: .2rem 0 .5rem; } .more { color: #555; font-size: .9em; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } table.sample { width: auto; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem; border-bottom: 1px solid #e5e5e5; overflow-wrap: break-word; }
td code { overflow-wrap: break-word; } table.sample code { overflow-wrap: anywhere; }
th { color: #555; font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.failed > td:first-child { color: #b3261e; font-weight: 600; } tr.warning > td:first-child, tr.quarantined > td:first-child { color: #8a5200; font-weight: 600; }
tr.not-checked, tr.held { color: #555; }
td:first-child { white-space: nowrap; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } tr, h3 { break-inside: avoid; } thead { display: table-header-group; } .verdict { print-color-adjust: exact; } }
`;
