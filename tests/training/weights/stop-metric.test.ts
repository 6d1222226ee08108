import { describe, expect, test } from "vitest";
import { resolveParams } from "../../../src/training/params.js";
import { train } from "../../../src/training/pipeline.js";
import type { Labels } from "../../../src/training/tasks/labels.js";
import type { TrainingData } from "../../../src/training/types.js";
import { isBetter, TASKS } from "../../../src/values/task.js";
import { classTable } from "../multiclass/classes.js";
import { valueTable } from "../regression/values.js";
import { MIXED_FEATURES, mixedRows, tableOf } from "../tables.js";

const tables: Record<string, TrainingData<Labels>> = {
  BINARY: tableOf(MIXED_FEATURES, mixedRows(500)),
  REGRESSION: valueTable(400),
  MULTICLASS: classTable(400),
};

const cases = TASKS.flatMap(({ name, compared }) =>
  compared.map((metric) => [name, metric.name, metric] as const),
);

describe("early stopping", () => {
  test.each(cases)("of %s goes by %s", (task, name, metric) => {
    const params = {
      trees: 40,
      learning_rate: 0.3,
      early_stopping_rounds: 8,
      stop_metric: name,
      min_leaf_rows: 5,
    };
    const own = task === "BINARY" ? { linear_start: 0 } : {};
    const options = { task, algorithm: "GRADIENT_BOOSTING", seed: 1, testFraction: 0.25, reports: false };
    const { curve, metrics } = train(tables[task]!, { ...options, params: { ...params, ...own } }, () => {});
    expect(new Set(curve.map((point) => point.name))).toEqual(new Set([name]));
    const best = curve.reduce((first, point) => (isBetter(metric, point.value, first.value) ? point : first));
    expect(metrics[task === "MULTICLASS" ? "rounds" : "trees"]).toBe(best.step);
    expect(curve.length).toBe(Math.min(40, best.step + 8));
    // What candidates are compared by is of the same rows and step.
    expect(metrics[`validation_${name}`]).toBe(best.value);
  });

  test("goes by a metric of the task alone", () => {
    const of = (task: string, stop: string) => () =>
      resolveParams("GRADIENT_BOOSTING", { stop_metric: stop }, task).stop_metric;
    expect(of("BINARY", "auc")()).toBe("auc");
    expect(of("REGRESSION", "auc")).toThrow(
      'parameter "stop_metric" of GRADIENT_BOOSTING must be one of "loss", "rmse", "mae", "mape", "r2", got "auc"',
    );
  });
});

describe("class_weight of several classes", () => {
  const run = (class_weight: unknown, algorithm = "GRADIENT_BOOSTING") =>
    train(
      tables.MULTICLASS!,
      {
        ...{ task: "MULTICLASS", algorithm, seed: 1, testFraction: 0.25, reports: false },
        params: { class_weight, ...(algorithm === "LOGISTIC_REGRESSION" ? {} : { trees: 10 }) },
      },
      () => {},
    );

  test.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LOGISTIC_REGRESSION"])(
    "moves %s to the class",
    (algorithm) => {
      const [plain, weighed, same] = [
        run("none", algorithm),
        run({ rarely: 20 }, algorithm),
        run({}, algorithm),
      ];
      expect(weighed.sha256).not.toBe(plain.sha256);
      expect(same.sha256).toBe(plain.sha256);
      expect(weighed.metrics.accuracy).toBeLessThan(plain.metrics.accuracy!);
      expect(run("balanced", algorithm).sha256).not.toBe(plain.sha256);
      expect(weighed.hyperparameters.class_weight).toBe('{"rarely":20}');
      expect(run('{"rarely":20}', algorithm).sha256).toBe(weighed.sha256);
    },
  );

  test("is refused for a class that there is none of, and a number", () => {
    expect(() => run({ seldom: 2 })).toThrow(
      'parameter "class_weight": no row is of the class "seldom"; the classes are never, often, rarely, sometimes',
    );
    expect(() => run(3)).toThrow(
      'parameter "class_weight" of GRADIENT_BOOSTING must be "none", "balanced" or an object of numbers from 0.001 to 1000 by class, got 3',
    );
    expect(() => resolveParams("GRADIENT_BOOSTING", { class_weight: { a: 2 } })).toThrow(
      'must be "none", "balanced" or a number from 0.001 to 1000 (the weight of label 1), got {"a":2}',
    );
  });
});
