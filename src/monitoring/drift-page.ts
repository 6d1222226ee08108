import { escaped, htmlPage, runLink, snapshotLink } from "../html/page.js";
import type { DriftReport, FeatureDrift } from "./drift-report.js";

export interface ComparedSides {
  model: string;
  before: string;
  after: string;
  /** Dates of the snapshots that are compared. */
  snapshots: readonly string[];
  runId: string;
}

/** The report as one HTML page: no script, no other host, everything escaped; drifted features first. */
export function driftPage(
  report: DriftReport,
  { model, before, after, snapshots, runId }: ComparedSides,
): string {
  const title = `Drift of ${model}: ${before} → ${after}`;
  const { driftedFeatures, features, label, limits } = report;
  const all = label ? [...features, { ...label, name: `${label.name} (label)` }] : features;
  const sorted = all.toSorted((a, b) => Number(b.drifted) - Number(a.drifted) || (b.psi ?? 0) - (a.psi ?? 0));
  return htmlPage(
    escaped(title),
    STYLE,
    `<h1>${escaped(title)}</h1>
<p>${driftedFeatures.length} of ${features.length} features drifted (${percent(report.share)})${
      driftedFeatures.length > 0 ? `: ${escaped(driftedFeatures.join(", "))}` : ""
    }. Drifted: p below ${limits.alpha} with all features considered, and PSI at least ${limits.minPsi}.</p>
<p>Run ${runLink(runId)}; snapshots ${snapshots.map(snapshotLink).join(", ")}.</p>
<table>
<thead><tr><th>Feature<th>Verdict<th>PSI<th>Test<th>Statistic<th>p<th>Missing before<th>after<th>Rows before<th>after</tr></thead>
<tbody>
${sorted.map(row).join("\n")}
</tbody>
</table>
${sorted.map(distribution).join("\n")}`,
  );
}

function row(feature: FeatureDrift): string {
  const { name, drifted, significant, psi, test, statistic, pValue, missing, rows } = feature;
  const verdict = drifted ? "drifted" : significant ? "differs, too little to matter" : "as before";
  const cells = [
    escaped(name),
    verdict,
    psi === null ? "–" : psi.toFixed(3),
    test === "CHI_SQUARE" ? "χ²" : "Kolmogorov–Smirnov",
    statistic.toPrecision(3),
    pValue < 1e-4 ? "< 0.0001" : pValue.toFixed(4),
    percent(missing.before),
    percent(missing.after),
    rows.before.toLocaleString("en"),
    rows.after.toLocaleString("en"),
  ];
  return `<tr class="${drifted ? "drifted" : ""}"><td>${cells.join("<td>")}</tr>`;
}

/** Shares of values, or of ranges between deciles of the earlier side, as numbers and as bars. */
function distribution({ name, shares, bins, masked }: FeatureDrift): string {
  if (masked) return `<h2>${escaped(name)}</h2>\n<p>Its values are masked: the feature is personal.</p>`;
  const parts =
    shares?.map(({ value, ...of }) => ({ label: value, ...of })) ??
    bins?.map(({ from, to, ...of }) => ({
      label: from === to ? short(from) : `${short(from)} – ${short(to)}`,
      ...of,
    })) ??
    [];
  if (parts.length === 0) return "";
  const largest = Math.max(...parts.flatMap(({ before, after }) => [before, after]));
  const rows = parts.map(
    ({ label, before, after }) =>
      `<tr><td>${escaped(label)}<td>${percent(before)}<td>${percent(after)}<td class="bars">${bar("before", before, largest)}${bar("after", after, largest)}</tr>`,
  );
  return `<h2>${escaped(name)}</h2>
<table><thead><tr><th>${shares ? "Value" : "From – to"}<th>Share before<th>after<th>before above after</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

const bar = (side: "before" | "after", share: number, largest: number): string =>
  `<div class="${side}" style="width:${largest === 0 ? 0 : ((share / largest) * 100).toFixed(1)}%"></div>`;

const short = (value: number): string => String(Number(value.toPrecision(4)));

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1080px; padding: 0 1rem; color: #222; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid #ddd; }
table { max-width: 100%; } thead th { overflow-wrap: normal; }
.bars { width: 20rem; } .bars div { height: .55rem; } .before { background: #9aa5b1; } .after { background: #2f6fb3; }
tr.drifted td { background: #fdecea; font-weight: 600; }
`;
