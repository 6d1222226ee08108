import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { expect, it } from "vitest";
import { driftPage } from "../../src/monitoring/drift-page.js";
import { DRIFT_LIMITS, type FeatureDrift } from "../../src/monitoring/drift-report.js";

const feature = (name: string, parts: Partial<FeatureDrift>): FeatureDrift => ({
  ...{
    name,
    drifted: true,
    significant: true,
    psi: 0.4,
    test: "KOLMOGOROV_SMIRNOV",
    statistic: 0.3,
    pValue: 0,
  },
  ...{ missing: { before: 0, after: 0, pValue: 1 }, rows: { before: 70_000, after: 70_000 } },
  ...{ shares: null, bins: null },
  ...parts,
});
const long = "a_feature_with_a_name_that_is_as_long_as_a_name_of_postgresql_may";
const html = driftPage(
  {
    limits: DRIFT_LIMITS,
    features: [
      feature(long, { bins: [{ from: 0, to: 12.5, before: 0.1, after: 0.4 }] }),
      feature("net_service", { shares: [{ value: "x".repeat(200), before: 0.5, after: 0.25 }] }),
    ],
    notCompared: [],
    label: null,
    driftedFeatures: [long],
    share: 0.5,
  },
  {
    ...{ model: "churn", before: "snapshot 2024-01-31", after: "snapshot 2024-02-29" },
    ...{ snapshots: ["2024-01-31", "2024-02-29"], runId: "0b0e5b1a-0000-4000-8000-000000000001" },
  },
);

it("shows each distribution, and leads to the run and both snapshots", () => {
  expect(html).toContain("<td>0 – 12.5<td>10.0 %<td>40.0 %");
  expect(html).toContain(
    '<div class="before" style="width:25.0%"></div><div class="after" style="width:100.0%">',
  );
  const links = [...html.matchAll(/href="\.\.\/graphql\?query=([^"]+)">([^<]+)</g)];
  expect(links.map(([, query, text]) => [decodeURIComponent(query!).slice(0, 9), text])).toEqual([
    ["{ run(id:", "0b0e5b1a-0000-4000-8000-000000000001"],
    ["{ snapsho", "2024-01-31"],
    ["{ snapsho", "2024-02-29"],
  ]);
});

const executablePath = "/usr/bin/chromium";
it.skipIf(!existsSync(executablePath))(
  "fits a window of 1200 pixels, whatever names and values are",
  async () => {
    const browser = await chromium.launch({
      executablePath,
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
    try {
      const tab = await browser.newPage({ viewport: { width: 1200, height: 800 } });
      await tab.setContent(html);
      expect(await tab.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(1200);
    } finally {
      await browser.close();
    }
  },
  60_000,
);
