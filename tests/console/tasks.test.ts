import { expect, test } from "vitest";
import { LESS_IS_BETTER, LOOKS, taskOfModel } from "../../console/src/parts/tasks.js";
import { TASKS } from "../../src/values/task.js";

test.each(TASKS.map((task) => [task.name, task] as const))(
  "models of %s are compared and judged live by metrics that the task declares",
  (name, { compared, live }) => {
    const look = LOOKS[name];
    expect([...look.compared].sort()).toEqual(compared.map((metric) => metric.name).sort());
    expect(compared.filter(({ better }) => better === "lower").map((metric) => metric.name)).toEqual(
      compared.map((metric) => metric.name).filter((metric) => LESS_IS_BETTER.has(metric)),
    );
    const inCamelCase = live.map((metric) => metric.replace(/_./g, ([, letter]) => letter!.toUpperCase()));
    expect(inCamelCase).toEqual(expect.arrayContaining(look.live.map(({ field }) => field)));
    expect(look.live).toHaveLength(2);
  },
);

test("the task of a model is that of its service; of one that is gone, yes and no", () => {
  const services = [{ name: "cultivar", task: "MULTICLASS" as const }];
  expect(taskOfModel(services, "cultivar")).toBe("MULTICLASS");
  expect(taskOfModel(services, "gone")).toBe("BINARY");
});
