import type { ApiCommand } from "../api/api-command.js";
import { type CellFormatter, rounded, time } from "../output/format.js";
import { column, columnOfSome, rowsOf, table, type View } from "../output/view.js";
import { ABOUT_ENTITIES, keyNames, MASKED, type ShownFeatures, shownValues } from "./features.js";

interface Predicted {
  userId: unknown;
  prediction: unknown;
  /** Null of a task without one, as the next. */
  probability: number | null;
  threshold: number | null;
  /** Of a regression. */
  value: number | null;
  /** Of several classes the likeliest, and all of them. */
  class: string | null;
  classes: { class: string; probability: number }[] | null;
  modelVersion: { model: string; version: number };
  /** Null for a cold start: they were given. */
  features: ShownFeatures | null;
}

const predictionFields =
  "userId prediction probability threshold value class classes { class probability } modelVersion { model version } features { json statuses { name status } }";

const predicted: View = {
  fields: predictionFields,
  lines: (answer, format) => {
    const { userId, modelVersion, classes, features } = answer as Predicted;
    const { model, version } = modelVersion;
    const { said, because } = verdictOf(answer as Predicted);
    return [
      `${typeof userId === "object" ? JSON.stringify(userId) : userId}: ${said} (${because}${model} ${version})`,
      ...(classes ? [`  ${probabilities(classes, format)}`] : []),
      ...(features ? [`  ${JSON.stringify(shownValues(features))}`] : []),
    ];
  },
};

/** By the task: a class, a value, or a yes or no and where it comes from. */
function verdictOf({ prediction, probability, threshold, value, class: name, classes }: Predicted) {
  if (classes) {
    const own = classes.find((each) => each.class === name);
    return { said: name, because: `probability ${own?.probability}, ` };
  }
  if (value !== null) return { said: value, because: "" };
  return { said: prediction, because: `probability ${probability}, threshold ${threshold}, ` };
}

const likeliestFirst = (classes: NonNullable<Predicted["classes"]>) =>
  classes.toSorted((a, b) => b.probability - a.probability);
const inWords = ({ class: name, probability }: NonNullable<Predicted["classes"]>[number]) =>
  `${name} ${Number(probability.toPrecision(4))}`;
const MOST_CLASSES = 5;
/** The likeliest first; of many classes the first few. */
const probabilities: CellFormatter = (classes) => {
  const sorted = likeliestFirst(classes as NonNullable<Predicted["classes"]>);
  const left = sorted.length - MOST_CLASSES;
  return sorted.slice(0, MOST_CLASSES).map(inWords).join(", ") + (left > 0 ? `, ${left} more` : "");
};

const explanation: View = {
  fields: `${predictionFields} baseValue contributions { feature value masked contribution }`,
  lines: (answer, format) => {
    const [sentence] = predicted.lines(answer, format);
    const { contributions } = answer as {
      contributions: { value: unknown; masked: boolean | null; contribution: number }[] | null;
    };
    if (!contributions) return [sentence!, "this version cannot be explained"];
    const largestFirst = contributions
      .map((each) => (each.masked ? { ...each, value: MASKED } : each))
      .toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
    const columns = [
      column("FEATURE", "feature"),
      column("VALUE", "value"),
      column("CONTRIBUTION", "contribution", rounded),
    ];
    return [sentence!, ...rowsOf(columns, largestFirst, format)];
  },
};

/** The same by names that no deployment changes. */
const predictedFor: View = {
  fields: predictionFields.replace("userId", "key"),
  lines: (answer, format) => {
    // Of a server whose key has several columns it has come under the written name.
    const { key, userId = key, ...rest } = answer as { key?: unknown; userId?: unknown };
    const shown = userId === null ? "a cold start" : JSON.stringify(userId);
    return predicted.lines({ ...rest, userId: shown }, format);
  },
};

export const predictionCommands: readonly ApiCommand[] = [
  {
    name: "predict",
    group: ABOUT_ENTITIES,
    field: "Query.predict",
    summary: "Scores one entity, by its key.",
    positionals: ["userId"],
    names: keyNames,
    view: predicted,
  },
  {
    name: "predict-for",
    group: ABOUT_ENTITIES,
    field: "Query.predictFor",
    summary:
      "Scores one entity with the model of a feature service; its key is JSON by column, --features stands for it.",
    positionals: ["service", "key"],
    view: predictedFor,
  },
  {
    name: "predictions",
    group: ABOUT_ENTITIES,
    field: "Query.predictions",
    summary: "Lists what was answered, the newest first: the prediction log.",
    names: { ...keyNames, first: "limit" },
    view: {
      uncounted: true,
      ...table(
        [
          column("AT", "at", time),
          column("KEY", "key"),
          column("MODEL", "model"),
          column("VERSION", "version"),
          columnOfSome("PREDICTION", "prediction"),
          columnOfSome("CLASS", "class"),
          columnOfSome("PROBABILITY", "probability", rounded),
          columnOfSome("VALUE", "value", rounded),
        ],
        "features",
      ),
    },
  },
  {
    name: "predict-many",
    group: ABOUT_ENTITIES,
    field: "Query.predictMany",
    summary: "Scores up to 10 000 entities; one bad key fails alone.",
    positionals: ["userIds"],
    names: keyNames,
    view: table(
      [
        column("KEY", "userId"),
        columnOfSome("PREDICTION", "prediction.prediction"),
        columnOfSome("PROBABILITY", "prediction.probability"),
        columnOfSome("VALUE", "prediction.value"),
        columnOfSome("CLASS", "prediction.class"),
        columnOfSome("PROBABILITIES", "prediction.classes", probabilities, "class probability"),
        column("MODEL", "prediction.modelVersion.model"),
        column("VERSION", "prediction.modelVersion.version"),
        column("ERROR", "error.message"),
      ],
      "error { code missingFeatures }",
    ),
  },
  {
    name: "explain",
    group: ABOUT_ENTITIES,
    field: "Query.predict",
    summary: "Predicts, and shows what each feature contributed.",
    positionals: ["userId"],
    names: keyNames,
    view: explanation,
  },
];
