import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  classMetrics,
  confusionOf,
  evaluateClasses,
} from "../../../src/training/tasks/multiclass/metrics.js";
import { multiclass } from "../../../src/training/tasks/multiclass/multiclass.task.js";
import { MULTICLASS } from "../../../src/values/task.js";
import { uniform } from "../tables.js";

interface Case {
  labels: number[];
  answers: number[][];
  confusion: number[][];
  metrics: Record<string, number>;
  perClass: Record<"precision" | "recall" | "f1", number[]>;
}

/** As scikit-learn.py beside it wrote them. */
const cases: Case[] = JSON.parse(readFileSync(new URL("./scikit-learn.json", import.meta.url), "utf8"));
const near = (value: number, expected: number) => Math.abs(value - expected) <= 1e-9 * Math.abs(expected);
const read = ({ labels, answers }: Case): [Uint8Array, Float64Array] => [
  Uint8Array.from(labels),
  Float64Array.from(answers.flat()),
];

describe("metrics of several classes", () => {
  test.each(cases.map((each, k) => [k, each] as const))("are scikit-learn's: case %i", (_, each) => {
    const [labels, answers] = read(each);
    const measured = evaluateClasses(labels, answers);
    for (const [name, value] of Object.entries(each.metrics))
      expect([name, near(measured[name as keyof typeof measured], value)]).toEqual([name, true]);
    expect(Object.keys(measured).sort()).toEqual(Object.keys(each.metrics).sort());
    const table = confusionOf(labels, answers);
    expect(table).toEqual(each.confusion);
    const perClass = classMetrics(labels, answers, table);
    for (const name of ["precision", "recall", "f1"] as const)
      for (const [k, value] of each.perClass[name].entries())
        expect([name, k, near(perClass[k]![name], value)]).toEqual([name, k, true]);
  });

  test("of labels that lack a class are of the others", () => {
    const answers = Float64Array.of(0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.5, 0.4, 0.1);
    const { macro_auc, macro_f1 } = evaluateClasses(Uint8Array.of(0, 1, 1), answers);
    expect(macro_auc).toBe(1);
    expect(macro_f1).toBeCloseTo(2 / 3, 12);
    expect(multiclass.canJudge(Uint8Array.of(2, 2))).toBe(false);
  });
});

describe("the paired bootstrap", () => {
  const labels = Uint8Array.from({ length: 300 }, (_, k) => k % 3);
  const answers = (salt: number, skill: number) =>
    Float64Array.from({ length: 900 }, (_, k) => {
      const own = labels[Math.floor(k / 3)] === k % 3 ? skill : 0;
      return 0.1 + uniform(k, salt) + own;
    }).map((value, k, all) => {
      const at = 3 * Math.floor(k / 3);
      return value / (all[at]! + all[at + 1]! + all[at + 2]!);
    });
  const options = { confidence: 0.95, resamples: 300, seed: 1 };
  const better = answers(1, 1);
  const worse = answers(2, 0.3);

  test.each(MULTICLASS.compared.map(({ name, better: side }) => [name, side] as const))(
    "of %s says what the metric says, and whose it is",
    async (metric, side) => {
      const { observed, lower, upper } = await multiclass.compare(labels, better, worse, {
        ...options,
        metric,
      });
      const of = (own: Float64Array) =>
        evaluateClasses(labels, own)[metric as keyof ReturnType<typeof evaluateClasses>];
      const sign = side === "higher" ? 1 : -1;
      expect(observed).toBeCloseTo(sign * (of(better) - of(worse)), 9);
      expect([lower > 0, lower < observed, observed < upper]).toEqual([true, true, true]);
      const same = await multiclass.compare(labels, better, better, { ...options, metric });
      expect([same.lower, same.observed, same.upper]).toEqual([0, 0, 0]);
      expect(await multiclass.compare(labels, better, worse, { ...options, metric })).toEqual({
        ...{ ...options, metric },
        ...{ observed, lower, upper },
      });
    },
  );
});

describe("tables that nothing can be learnt from", () => {
  const require = (labels: number[], train: number[], test: number[]) => () =>
    multiclass.requireTrainable(
      Uint8Array.from(labels),
      Uint32Array.from(train),
      Uint32Array.from(test),
      ["a", "b", "c"].slice(0, Math.max(...labels) + 1),
    );

  test("are refused with the class and what helps", () => {
    expect(require([0, 1, 0, 1], [0, 1], [2, 3])).toThrow(
      'the labels have 2 classes, "a", "b" (4 rows); a model of 3 or more was asked for: learn two classes as a bool, with binary',
    );
    expect(require([0, 0, 1, 1, 2, 0, 1], [0, 1, 2, 3, 4], [5, 6])).toThrow(
      '1 rows of the class "c" are too few: 1 to train on (needs 2), 0 held out (needs 1)',
    );
    expect(() => multiclass.requireFolds(Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1, 2, 2), 5)).toThrow(
      "5 folds need 5 training rows of each class, got 2; ask for fewer folds or none",
    );
  });
});
