import type { ApiCommand } from "../api/api-command.js";
import { names, percent, plain, rounded, time } from "../output/format.js";
import { at, column, detail, rowsOf, table, type View } from "../output/view.js";

const GROUP = "Predictions and features";
const key = { userId: "key", userIds: "key" };

interface Predicted {
  userId: string;
  prediction: unknown;
  probability: number;
  threshold: number;
  modelVersion: { model: string; version: number };
  features: { json: unknown };
}

const predictionFields =
  "userId prediction probability threshold modelVersion { model version } features { json }";

const predicted: View = {
  fields: predictionFields,
  lines: (answer) => {
    const { userId, prediction, probability, threshold, modelVersion, features } = answer as Predicted;
    const { model, version } = modelVersion;
    return [
      `${userId}: ${prediction} (probability ${probability}, threshold ${threshold}, ${model} ${version})`,
      `  ${JSON.stringify(features.json)}`,
    ];
  },
};

const explanation: View = {
  fields: `${predictionFields} baseValue contributions { feature value contribution }`,
  lines: (answer, format) => {
    const [sentence] = predicted.lines(answer, format);
    const { contributions } = answer as { contributions: { contribution: number }[] | null };
    if (!contributions) return [sentence!, "this version cannot be explained"];
    const largestFirst = contributions.toSorted(
      (a, b) => Math.abs(b.contribution) - Math.abs(a.contribution),
    );
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
    const { key, ...rest } = answer as { key: unknown };
    return predicted.lines({ ...rest, userId: JSON.stringify(key) }, format);
  },
};

const statusColumns = [
  column("FEATURE", "name"),
  column("VALUE", "value"),
  column("STATUS", "status"),
  column("VIEW", "view"),
  column("EVENT", "eventTime"),
];
const keyedFeatures = "asOf json statuses { name view status eventTime ageSeconds }";
const featureFields = `userId ${keyedFeatures}`;

/** Of one entity each feature with its value and status. */
const featureTable: View = {
  fields: featureFields,
  lines: (answer, format) => {
    const { statuses, json } = answer as { statuses: { name: string }[]; json: Record<string, unknown> };
    const rows = statuses.map((status) => ({ ...status, value: json[status.name] ?? null }));
    return rowsOf(statusColumns, rows, format);
  },
};

const historicalTable = table(
  [column("KEY", "userId"), column("AS OF", "asOf"), column("FEATURES", "json", plain)],
  "statuses { name view status eventTime }",
);

const viewColumns = [
  column("VIEW", "name"),
  column("ENTITY", "entity"),
  column("SOURCE", "source"),
  column("ROWS", "freshness.rowCount"),
  column("NEWEST", "freshness.newestEventTime"),
  column("MATERIALIZED", "freshness.materializedAt", time),
  column("FEATURES", "features.name", names),
];

const serviceColumns = [
  column("SERVICE", "name"),
  column("TASK", "task"),
  column("ENTITY", "entity"),
  column("LABEL", "label"),
  column("FEATURES", "features.name", names),
];

export const featureCommands: readonly ApiCommand[] = [
  {
    name: "predict",
    group: GROUP,
    field: "Query.predict",
    summary: "Scores one entity, by its key.",
    positionals: ["userId"],
    names: key,
    view: predicted,
  },
  {
    name: "predict-for",
    group: GROUP,
    field: "Query.predictFor",
    summary: "Scores one entity with the model of a feature service; its key is JSON by column.",
    positionals: ["service", "key"],
    view: predictedFor,
  },
  {
    name: "predictions",
    group: GROUP,
    field: "Query.predictions",
    summary: "Lists what was answered, the newest first: the prediction log.",
    names: { ...key, first: "limit" },
    view: {
      uncounted: true,
      ...table(
        [
          column("AT", "at", time),
          column("KEY", "key"),
          column("MODEL", "model"),
          column("VERSION", "version"),
          column("PREDICTION", "prediction"),
          column("PROBABILITY", "probability", rounded),
        ],
        "features",
      ),
    },
  },
  {
    name: "predict-many",
    group: GROUP,
    field: "Query.predictMany",
    summary: "Scores up to 10 000 entities; one bad key fails alone.",
    positionals: ["userIds"],
    names: key,
    view: table(
      [
        column("KEY", "userId"),
        column("PREDICTION", "prediction.prediction"),
        column("PROBABILITY", "prediction.probability"),
        column("MODEL", "prediction.modelVersion.model"),
        column("VERSION", "prediction.modelVersion.version"),
        column("ERROR", "error.message"),
      ],
      "error { code missingFeatures }",
    ),
  },
  {
    name: "explain",
    group: GROUP,
    field: "Query.predict",
    summary: "Predicts, and shows what each feature contributed.",
    positionals: ["userId"],
    names: key,
    view: explanation,
  },
  {
    name: "features",
    group: GROUP,
    field: "Query.features",
    summary: "Shows the features served for one entity, now or as of a date.",
    positionals: ["userId"],
    names: key,
    view: featureTable,
  },
  {
    name: "historical-features",
    group: GROUP,
    field: "Query.historicalFeatures",
    summary: "Joins features point in time: one row per input row.",
    positionals: ["rows"],
    view: historicalTable,
  },
  {
    name: "push",
    group: GROUP,
    field: "Mutation.push",
    summary: "Serves fresh values between two extracts.",
    positionals: ["view", "rows"],
    view: detail(
      [
        column("VIEW", "view"),
        column("ACCEPTED", "accepted"),
        column("STALE", "stale"),
        column("UNCHANGED", "unchanged"),
      ],
      [
        {
          title: "Warnings",
          path: "warnings",
          columns: [
            column("ROW", "row"),
            column("KEY", "userId"),
            column("COLUMN", "column"),
            column("VALUE", "value"),
            column("RULE", "rule"),
          ],
        },
      ],
      "outcomes { userId asOf outcome }",
    ),
  },
  {
    name: "views",
    group: GROUP,
    field: "Query.featureViews",
    summary: "Lists the feature views.",
    view: table(viewColumns),
  },
  {
    name: "views show",
    group: GROUP,
    field: "Query.featureView",
    summary: "Shows one feature view with its features.",
    positionals: ["name"],
    view: detail(
      [...viewColumns.slice(0, -1), column("TTL", "ttlSeconds", (ttl) => `${ttl} s`)],
      [
        {
          title: "Features",
          path: "features",
          columns: [column("FEATURE", "name"), column("TYPE", "type"), column("DESCRIPTION", "description")],
        },
      ],
      "description",
    ),
  },
  {
    name: "views status",
    group: GROUP,
    field: "Query.featureStoreStatus",
    summary: "Shows how fresh the feature store is.",
    view: {
      fields: `hitRate views { name freshness { rowCount newestEventTime materializedAt ageSeconds } } lastMaterialization { id status finishedAt }`,
      lines: (answer, format) => {
        const hitRate = at(answer, "hitRate");
        const columns = viewColumns.filter(({ path }) => path === "name" || path.startsWith("freshness."));
        return [
          ...(typeof hitRate === "number" ? [`hit rate ${percent(hitRate, format)}`] : []),
          ...rowsOf(columns, at(answer, "views") as unknown[], format),
        ];
      },
    },
  },
  {
    name: "services",
    group: GROUP,
    field: "Query.featureServices",
    summary: "Lists the feature services: what models are trained for.",
    view: table(serviceColumns, "gates"),
  },
  {
    name: "services show",
    group: GROUP,
    field: "Query.featureService",
    summary: "Shows one feature service with its gates.",
    positionals: ["name"],
    view: detail([...serviceColumns, column("GATES", "gates"), column("DESCRIPTION", "description")]),
  },
  {
    name: "entity-rows",
    group: GROUP,
    field: "Query.entityRows",
    summary: "Lists the rows of an entity, by key.",
    positionals: ["entity"],
    names: { first: "limit" },
    view: table([column("KEY", "key"), column("ATTRIBUTES", "attributes")]),
  },
  {
    name: "entity-row",
    group: GROUP,
    field: "Query.entityRow",
    summary: "Shows one row of an entity with its features; its key is JSON by column.",
    positionals: ["entity", "key"],
    view: {
      fields: `key attributes features { ${keyedFeatures} }`,
      lines: (answer, format) => {
        const attributes = JSON.stringify(at(answer, "attributes"));
        return [attributes, ...featureTable.lines(at(answer, "features"), format)];
      },
    },
  },
  {
    name: "users",
    group: GROUP,
    field: "Query.users",
    summary: "Lists the entities, by key.",
    names: { first: "limit" },
    view: table([column("KEY", "userId")]),
  },
];
