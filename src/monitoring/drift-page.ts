import { escaped, htmlPage } from "../html/page.js";
import type { DriftReport, FeatureDrift } from "./drift-report.js";

export interface ComparedSides {
  model: string;
  before: string;
  after: string;
}

/** The report as one HTML page: no script, no other host, everything escaped; drifted features first. */
export function driftPage(report: DriftReport, { model, before, after }: ComparedSides): string {
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
<table>
<thead><tr><th>Feature<th>Verdict<th>PSI<th>Test<th>Statistic<th>p<th>Missing before<th>after<th>Rows before<th>after</tr></thead>
<tbody>
${sorted.map(row).join("\n")}
</tbody>
</table>
${sorted
  .filter(({ shares }) => shares !== null)
  .map(sharesTable)
  .join("\n")}`,
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

function sharesTable({ name, shares }: FeatureDrift): string {
  const rows = shares!.map(
    ({ value, before, after }) => `<tr><td>${escaped(value)}<td>${percent(before)}<td>${percent(after)}</tr>`,
  );
  return `<h2>${escaped(name)}</h2>
<table><thead><tr><th>Value<th>Share before<th>after</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .25rem .8rem; border-bottom: 1px solid #ddd; }
tr.drifted td { background: #fdecea; font-weight: 600; }
`;
