import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lossNamed } from "../../../src/training/learners/boosting/losses/registry.js";
import { tasks } from "../../../src/training/tasks/registry.js";
import { TASKS } from "../../../src/values/task.js";
import { uniform } from "../tables.js";

interface Case {
  task: string;
  labels: number[];
  answers: number[];
  weights: number[];
  threshold: number | null;
  metrics: Record<string, number>;
  losses?: Record<"quantile" | "poisson" | "tweedie", number>;
}

/** As scikit-learn.py beside it wrote them. */
const cases: Case[] = JSON.parse(readFileSync(new URL("./scikit-learn.json", import.meta.url), "utf8"));
const near = (value: number, expected: number) => Math.abs(value - expected) <= 1e-9 * Math.abs(expected);
const read = ({ task, labels, answers, weights }: Case) => ({
  of: tasks.get(task),
  labels: tasks.get(task).labelArray.from(labels),
  answers: Float64Array.from(answers),
  weights: Float64Array.from(weights),
});

describe.each(cases.map((each, k) => [k, each.task, each] as const))(
  "of rows that weigh, case %i, %s",
  (_, __, each) => {
    const { of, labels, answers, weights } = read(each);

    test("metrics are scikit-learn's", () => {
      const { metrics } = of.evaluate(labels, answers, each.threshold, weights);
      for (const [name, value] of Object.entries(each.metrics))
        expect([name, near(metrics[name]!, value)]).toEqual([name, true]);
      const settings = { quantile: 0.8, poisson: 1, tweedie: 1.5 };
      for (const [name, value] of Object.entries(each.losses ?? {}) as [keyof typeof settings, number][]) {
        const { on } = lossNamed(name).metric;
        expect(near(on!(labels as Float64Array, answers, settings[name], weights), value)).toBe(true);
      }
    });

    test("weights of 1 change none", () => {
      const ones = new Float64Array(labels.length).fill(1);
      const { metrics: weighted } = of.evaluate(labels, answers, each.threshold, ones);
      const { metrics } = of.evaluate(labels, answers, each.threshold);
      for (const [name, value] of Object.entries(metrics)) expect(weighted[name]).toBeCloseTo(value, 12);
    });
  },
);

describe.each(TASKS.map(({ name, compared }) => [name, compared] as const))(
  "the paired bootstrap of %s",
  (name, compared) => {
    const each = cases.findLast(({ task }) => task === name)!;
    const { of, labels, answers, weights } = read(each);
    const other = answers.map((answer, k) => answer * (0.6 + 0.4 * uniform(k, 5)));

    test("says what the weighted metrics say", async () => {
      const measured = (own: Float64Array) => of.evaluate(labels, own, each.threshold, weights).metrics;
      for (const { name: metric, better, difference } of compared) {
        const options = { metric, confidence: 0.9, resamples: 20, seed: 1 };
        const { observed } = await of.compare(labels, answers, other, options, weights);
        const [own, others] = [measured(answers)[metric]!, measured(other)[metric]!];
        const gain = better === "higher" ? own - others : others - own;
        expect([metric, near(observed, difference === "share" ? gain / others : gain)]).toEqual([
          metric,
          true,
        ]);
      }
    });
  },
);
