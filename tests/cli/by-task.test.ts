import { describe, expect, test } from "vitest";
import { modelCommands } from "../../src/cli/commands/models.js";
import { predictionCommands } from "../../src/cli/commands/predictions.js";

const linesOf = (name: string, answer: unknown): string[] => {
  const command = [...modelCommands, ...predictionCommands].find((each) => each.name === name)!;
  return command.view!.lines(answer, { time: String });
};

const NONE = {
  prediction: null,
  probability: null,
  threshold: null,
  value: null,
  class: null,
  classes: null,
};
const about = (model: string) => ({ features: null, modelVersion: { model, version: 3 } });
const SPLIT = [
  { class: "barbera", probability: 0.25 },
  { class: "dolcetto", probability: 0.625 },
  { class: "nebbiolo", probability: 0.125 },
];

describe("an answer is printed as its task has it", () => {
  test.each([
    [
      "yes or no",
      { ...NONE, ...about("churn"), prediction: 1, probability: 0.7, threshold: 0.4 },
      ["K-1: 1 (probability 0.7, threshold 0.4, churn 3)"],
    ],
    ["a value", { ...NONE, ...about("spend"), value: 12.5 }, ["K-1: 12.5 (spend 3)"]],
    [
      "one of several classes",
      { ...NONE, ...about("cultivar"), class: "dolcetto", classes: SPLIT },
      ["K-1: dolcetto (probability 0.625, cultivar 3)", "  dolcetto 0.625, barbera 0.25, nebbiolo 0.125"],
    ],
  ])("%s", (_, answer, lines) => {
    expect(linesOf("predict", { userId: "K-1", ...answer })).toEqual(lines);
  });

  test("of many classes the likeliest five", () => {
    const classes = Array.from({ length: 40 }, (_, k) => ({ class: `c${k}`, probability: k / 780 }));
    const [, line] = linesOf("predict", { userId: 7, ...NONE, ...about("many"), class: "c39", classes });
    expect(line).toBe("  c39 0.05, c38 0.04872, c37 0.04744, c36 0.04615, c35 0.04487, 35 more");
  });
});

describe("a table of answers has the columns of its rows' task alone", () => {
  const row = (prediction: object) => ({
    userId: "K-1",
    prediction: { ...NONE, ...prediction },
    error: null,
  });
  const modelVersion = { model: "m", version: 3 };

  test.each([
    [
      { prediction: 1, probability: 0.7, modelVersion },
      ["KEY  PREDICTION  PROBABILITY  MODEL  VERSION  ERROR", "K-1           1          0.7  m            3"],
    ],
    [{ value: 12.5, modelVersion }, ["KEY  VALUE  MODEL  VERSION  ERROR", "K-1   12.5  m            3"]],
    [
      { class: "dolcetto", classes: SPLIT.slice(0, 2), modelVersion },
      [
        "KEY  CLASS     PROBABILITIES                 MODEL  VERSION  ERROR",
        "K-1  dolcetto  dolcetto 0.625, barbera 0.25  m            3",
      ],
    ],
  ])("%j", (prediction, lines) => {
    expect(linesOf("predict-many", [row(prediction)])).toEqual(lines);
  });

  test("of two tasks those of both", () => {
    const logged = { at: "now", key: "K-1", model: "m", version: 1, ...NONE };
    const [header] = linesOf("predictions", {
      nodes: [
        { ...logged, value: 2 },
        { ...logged, class: "dolcetto", probability: 0.625 },
      ],
    });
    expect(header!.split(/ {2,}/)).toEqual([
      "AT",
      "KEY",
      "MODEL",
      "VERSION",
      "CLASS",
      "PROBABILITY",
      "VALUE",
    ]);
  });

  test("with no rows all of them", () => {
    expect(linesOf("predictions", { nodes: [] })[0]).toMatch(/PREDICTION +CLASS +PROBABILITY +VALUE$/);
  });
});

test("a version of several classes is shown with each one's figures and without a threshold", () => {
  const perClass = SPLIT.map(({ class: name, probability }) => ({
    ...{ class: name, rows: 40, called: 30 },
    ...{ precision: 0.5, recall: 0.375, f1: 3 / 7, auc: name === "nebbiolo" ? null : probability },
  }));
  const lines = linesOf("versions show", {
    ...{ model: "cultivar", version: 3, threshold: null, warnings: [] },
    evaluation: { classes: SPLIT.map((each) => each.class), perClass },
  });
  expect(lines).toContain("classes       barbera, dolcetto, nebbiolo");
  expect(lines.join("\n")).not.toContain("threshold");
  expect(lines.slice(lines.indexOf("Classes"))).toEqual([
    "Classes",
    "CLASS     ROWS  CALLED  PRECISION  RECALL        F1    AUC",
    "barbera     40      30        0.5   0.375  0.428571   0.25",
    "dolcetto    40      30        0.5   0.375  0.428571  0.625",
    "nebbiolo    40      30        0.5   0.375  0.428571",
  ]);
  const binary = linesOf("versions show", {
    model: "churn",
    threshold: 0.25,
    warnings: [],
    evaluation: null,
  });
  expect(binary).toEqual(["model         churn", "threshold     0.25"]);
});
