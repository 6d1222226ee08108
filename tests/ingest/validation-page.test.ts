import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { describe, expect, it } from "vitest";
import { validationPage } from "../../src/ingest/validation-page.js";
import type { ExpectationResult } from "../../src/registry/run.js";

const run = { runId: "r-1", source: "month_000", asOf: "2024-01-31", at: new Date("2024-02-01T08:00:00Z") };
const result = (parts: Partial<ExpectationResult>): ExpectationResult => ({
  ...{ source: "users", column: "age", expectation: "between", success: true, severity: "ERROR" },
  ...{ rule: "must be between 0 and 120", mostly: 1, observed: { rows: 10, rule: "" } },
  ...{ unexpectedCount: 0, unexpectedPercent: 0, sample: [] },
  ...parts,
});
const broken = (parts: Partial<ExpectationResult>) =>
  result({
    ...{ success: false, unexpectedCount: 1, unexpectedPercent: 10 },
    ...{ sample: [{ line: 7, key: "U-1", value: "130" }], ...parts },
  });
const page = (...expectations: ExpectationResult[]) =>
  validationPage({ success: expectations.every(({ success }) => success), expectations }, run);

const HOSTILE = [
  "<script>document.title = 'owned'</script>",
  '"><img src=x onerror="document.title=1">',
  "</style></table><iframe src='https://example.com'></iframe>",
  "<svg/onload=alert(1)>",
  "<link rel=stylesheet href=//example.com/x.css>",
  "&lt;b&gt; &amp; '\"",
];

describe("the page of a validation report", () => {
  it("has failures first, then warnings, then what was tolerated", () => {
    const html = page(
      result({ column: "held_column" }),
      broken({ column: "warned_column", severity: "WARNING" }),
      broken({ column: "tolerated_column", success: true, mostly: 0.5 }),
      broken({ column: "failed_column" }),
    );
    const places = ["failed_column", "warned_column", "tolerated_column", "held_column"].map((text) =>
      html.indexOf(text),
    );
    expect(places.every((place, i) => place > (places[i - 1] ?? 0))).toBe(true);
    expect(html).toContain(
      "Nothing was published: 1 expectation failed in users.csv. Correct the files and ingest again. 1 warning.",
    );
  });

  it.each<[string, Partial<ExpectationResult>, string]>([
    ["what was expected and how much was not", {}, "Must be between 0 and 120. 1 unexpected, 10 %."],
    [
      "line, user and value",
      {},
      '<td class="number">7</td><td><code>U-1</code></td><td><code>130</code></td>',
    ],
    ["empty values as such", { sample: [{ line: 2, key: "U", value: "" }] }, "<i>(empty)</i>"],
    ["spaces at the ends", { sample: [{ line: 2, key: "U", value: " 1 " }] }, "<code>␣1␣</code>"],
    [
      "what turns the reading direction",
      { sample: [{ line: 2, key: "U", value: "a\u202eb" }] },
      "a<b>U+202E</b>b",
    ],
    ["that there are more than are shown", { unexpectedCount: 12_345 }, "The first 1 of 12,345."],
    ["a share that is small, not 0", { unexpectedPercent: 0.00002 }, "&lt; 0.01 %"],
    [
      "what was observed of a file",
      { observed: { mean: 12.5, values: 4 } },
      "Observed: mean 12.5, values 4.",
    ],
  ])("tells %s", (_, parts, text) => {
    expect(page(broken(parts))).toContain(text);
  });

  it("says what was not checked, and that a delivery is as expected", () => {
    expect(page(result({ observed: { rows: 0, skipped: true } }))).toContain("<td>not checked</td>");
    expect(page(result({}))).toContain("The delivery is as expected.");
  });

  it("reads a report of an earlier version, without rule and mostly", () => {
    const { rule, mostly, ...old } = broken({});
    expect(page(old)).toContain("Between. 1 unexpected, 10 %.");
  });

  it.each(HOSTILE)("shows %s as text, wherever it comes from", (text) => {
    const html = page(
      broken({
        ...{ source: text, column: text, expectation: text, rule: text, observed: { [text]: text } },
        sample: [{ line: 1, key: text, value: text }],
      }),
    );
    expect(html).not.toContain(text);
    const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/gi)].map((match) => match[1]));
    for (const tag of ["script", "img", "iframe", "svg", "link"]) expect(tags).not.toContain(tag);
  });

  const executablePath = "/usr/bin/chromium";
  it.skipIf(!existsSync(executablePath))("runs nothing and asks nobody in a browser", async () => {
    const browser = await chromium.launch({
      executablePath,
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
    try {
      const tab = await browser.newPage();
      const requested: string[] = [];
      tab.on("request", (request) => requested.push(request.url()));
      const sample = HOSTILE.map((value, i) => ({ line: i + 2, key: value, value }));
      await tab.setContent(page(broken({ sample, rule: HOSTILE[0] })));
      expect(await tab.title()).toBe("Validation of month_000, 2024-01-31");
      expect(await tab.locator("table.sample td:last-child").allInnerTexts()).toEqual(HOSTILE);
      expect(requested).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
