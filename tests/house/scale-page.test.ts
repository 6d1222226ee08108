import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const PER_SECOND = [10_000, 100_000, 1_000_000];
const ROWS = [10_000_000, 1_000_000_000, 10_000_000_000];
const SECONDS: Record<string, number> = { µs: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3_600, cores: 1 };
/** What two significant digits may be off by. */
const ROUNDED = 0.06;

const cells = (line: string) => line.split("|").map((cell) => cell.trim());
const figures = (text: string) => text.split(" + ").map((figure) => Number(figure.replaceAll(" ", "")));
const joined = (text: string) => text.replace(/(?<=\d) (?=\d{3}(\D|$))/g, "");

/** `261.49 s for 12 000 000`, in seconds of one; a figure for each side. */
function measured(text: string) {
  const [, all, unit, of = "1"] = /^([\d. +]+) (µs|ms|s)(?: for ([\d ]+))?$/.exec(text)!;
  return figures(all!).map((figure) => (figure * SECONDS[unit!]!) / figures(of)[0]!);
}

const rows = readFileSync("docs/scale.md", "utf8")
  .split("\n")
  .filter((line) => line.includes("](../bench/results/") && line.startsWith("|"))
  .map(cells)
  .map(([, operation, cpu, file, ...loads]) => ({
    operation: operation!,
    cpu: cpu!,
    file: /bench\/results\/[\w-]+\.md/.exec(file!)![0],
    loads: loads.slice(0, 3),
  }));

describe("the table of docs/scale.md", () => {
  it("has what a request costs, and what a row does", () => {
    const perSecond = rows.filter(({ loads }) => loads.every((load) => load.endsWith(" cores")));
    expect([perSecond.length, rows.length]).toEqual([5, 12]);
  });

  it.each(rows)("says of $operation what was measured, as its file does", ({ cpu, file }) => {
    const text = joined(readFileSync(file, "utf8"));
    for (const number of joined(cpu).match(/\d+(\.\d+)?/g)!)
      expect(text).toMatch(new RegExp(`(?<![\\d.])${number.replace(".", "\\.")}(?![\\d.]*\\d)`));
  });

  it.each(rows)("multiplies $operation by the loads", ({ cpu, loads }) => {
    for (const [n, load] of loads.entries()) {
      const [, said, unit] = /^([\d. +]+) (cores|s|min|h)$/.exec(load)!;
      const times = (unit === "cores" ? PER_SECOND : ROWS)[n]!;
      const expected = measured(cpu).map((each) => each * times);
      expect(figures(said!).length).toBe(expected.length);
      for (const [side, figure] of figures(said!).entries())
        expect(Math.abs((figure * SECONDS[unit!]!) / expected[side]! - 1)).toBeLessThan(ROUNDED);
    }
  });
});
