import type { ApiCommand } from "../api/api-command.js";
import { names, percent, plain, time } from "../output/format.js";
import { at, column, detail, rowsOf, table, type View } from "../output/view.js";

export const ABOUT_ENTITIES = "Predictions and features";
/** Of whom it is asked. */
export const keyNames = { userId: "key", userIds: "key" };

export interface ShownFeatures {
  json: Record<string, unknown>;
  statuses: { name: string; status: string }[];
}

/** What is not for the caller to see is a word, not an empty value. */
export const MASKED = "masked";

export const shownValues = ({ json, statuses }: ShownFeatures): Record<string, unknown> => ({
  ...json,
  ...Object.fromEntries(
    statuses.flatMap(({ name, status }) => (status === "MASKED" ? [[name, MASKED]] : [])),
  ),
});

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
    const values = shownValues(answer as ShownFeatures);
    const { statuses } = answer as ShownFeatures;
    const rows = statuses.map((status) => ({ ...status, value: values[status.name] ?? null }));
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
    name: "features",
    group: ABOUT_ENTITIES,
    field: "Query.features",
    summary: "Shows the features served for one entity, now or as of a date.",
    positionals: ["userId"],
    names: keyNames,
    view: featureTable,
  },
  {
    name: "historical-features",
    group: ABOUT_ENTITIES,
    field: "Query.historicalFeatures",
    summary: "Joins features point in time: one row per input row.",
    positionals: ["rows"],
    view: historicalTable,
  },
  {
    name: "push",
    group: ABOUT_ENTITIES,
    field: "Mutation.push",
    summary: "Serves fresh values between two extracts.",
    positionals: ["view", "rows"],
    view: detail(
      [
        column("VIEW", "view"),
        column("ACCEPTED", "accepted"),
        column("STALE", "stale"),
        column("UNCHANGED", "unchanged"),
        column("ERASED", "erased"),
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
    group: ABOUT_ENTITIES,
    field: "Query.featureViews",
    summary: "Lists the feature views.",
    view: table(viewColumns),
  },
  {
    name: "views show",
    group: ABOUT_ENTITIES,
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
    group: ABOUT_ENTITIES,
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
    group: ABOUT_ENTITIES,
    field: "Query.featureServices",
    summary: "Lists the feature services: what models are trained for.",
    view: table(serviceColumns, "gates"),
  },
  {
    name: "services show",
    group: ABOUT_ENTITIES,
    field: "Query.featureService",
    summary: "Shows one feature service with its gates.",
    positionals: ["name"],
    view: detail([...serviceColumns, column("GATES", "gates"), column("DESCRIPTION", "description")]),
  },
  {
    name: "entity-rows",
    group: ABOUT_ENTITIES,
    field: "Query.entityRows",
    summary: "Lists the rows of an entity, by key.",
    positionals: ["entity"],
    names: { first: "limit" },
    view: table([column("KEY", "key"), column("ATTRIBUTES", "attributes")]),
  },
  {
    name: "entity-row",
    group: ABOUT_ENTITIES,
    field: "Query.entityRow",
    summary: "Shows one row of an entity with its features; its key is JSON by column.",
    positionals: ["entity", "key"],
    view: {
      fields: `key attributes masked features { ${keyedFeatures} }`,
      lines: (answer, format) => {
        const hidden = (at(answer, "masked") as string[]).map((column) => [column, MASKED]);
        const attributes = JSON.stringify({
          ...(at(answer, "attributes") as object),
          ...Object.fromEntries(hidden),
        });
        return [attributes, ...featureTable.lines(at(answer, "features"), format)];
      },
    },
  },
  {
    name: "users",
    group: ABOUT_ENTITIES,
    field: "Query.users",
    summary: "Lists the entities, by key.",
    names: { first: "limit" },
    view: table([column("KEY", "userId")]),
  },
];
