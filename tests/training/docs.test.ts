import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Learner } from "../../src/training/learner.js";
import { builtInLearners } from "../../src/training/learners/registry.js";

const read = (name: string): string =>
  // A link is read as its text.
  readFileSync(`${import.meta.dirname}/../../docs/${name}`, "utf8").replace(/\[([^\]]+)\]\([^)]*\)/g, "$1");

/** `0.001`, `5000`, `1e6`, `1e-8` */
const shown = (value: number): string =>
  value >= 1e6 || (value > 0 && value < 1e-3) ? value.toExponential().replace("+", "") : String(value);

/** Told of once, for all learners. */
const SHARED = ["class_weight"];

describe.each(builtInLearners.map((learner) => [learner.name, learner as Learner] as const))(
  "%s in the documentation",
  (name, { params, searchSpace }) => {
    test("has each parameter in its table of docs/training.md, as the record describes it", () => {
      const section = read("training.md").split(`**${name}**`)[1]!.split("\n**")[0]!;
      const rows = section
        .split(/\n## |\nAll three/)[0]!
        .split("\n")
        .filter((line) => line.startsWith("| `"));
      expect(rows).toEqual(
        Object.entries(params)
          .filter(([param]) => !SHARED.includes(param))
          .map(([param, { default: fallback, range, names, description }]) => {
            const taken = range ? `${shown(range.min)} – ${shown(range.max)}` : names.join(", ");
            const usual = typeof fallback === "number" ? shown(fallback) : fallback;
            return `| \`${param}\` | ${taken} | ${usual} | ${description} |`;
          }),
      );
    });

    test("has its search space in docs/registry.md", () => {
      const row = read("registry.md")
        .split("\n")
        .find((line) => line.startsWith(`| \`${name}\` |`));
      const ranges = Object.entries(searchSpace).map(([param, dimension]) =>
        dimension && "min" in dimension ? `\`${param}\` ${dimension.min}–${dimension.max}` : `\`${param}\``,
      );
      for (const range of ranges) expect(row).toContain(range);
      expect(row!.match(/`[a-z0-9_]+` [\d.]/g)).toHaveLength(ranges.length);
    });
  },
);

test("docs/training.md describes class_weight as the records do", () => {
  const { range, names } = builtInLearners[0].params.class_weight;
  const section = read("training.md").split("**`class_weight`**")[1]!.split("\n\n")[0]!;
  for (const name of names) expect(section).toContain(`\`"${name}"\``);
  expect(section).toContain(`${range!.min} – ${range!.max}`);
});
