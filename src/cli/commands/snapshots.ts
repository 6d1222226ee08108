import type { ApiCommand } from "../api/api-command.js";
import { eventRetention } from "../output/event-retention.js";
import { bytes, howMany, rounded, time } from "../output/format.js";
import { column, detail, rowsOf, table, type View } from "../output/view.js";
import { startedRun } from "./runs.js";

const GROUP = "Snapshots";

const listed = (of: unknown): string => (of as string[]).join(", ");

const snapshotColumns = [
  column("AS OF", "asOf"),
  column("REVISION", "revision"),
  column("STATE", "state"),
  column("CREATED", "createdAt", time),
  column("ROWS", "rowCount"),
  column("LATE EVENTS", "lateEvents"),
  column("SHA256", "contentSha256"),
  column("LABELS OF", "labelled", listed),
];

const differences: View = {
  fields:
    "identical from { asOf revision } to { asOf revision } views { name identical added removed changed unchanged features { name changed psi } }",
  lines: (answer, format) => {
    const { identical, views } = answer as {
      identical: boolean;
      views: { name: string; features: object[] }[];
    };
    if (identical) return ["identical"];
    const features = views.flatMap(({ name, features }) =>
      features.map((feature) => ({ view: name, ...feature })),
    );
    const columns = ["VIEW", "ADDED", "REMOVED", "CHANGED", "UNCHANGED"].map((title, i) =>
      column(title, i === 0 ? "name" : title.toLowerCase()),
    );
    const ofFeatures = [
      column("VIEW", "view"),
      column("FEATURE", "name"),
      column("CHANGED", "changed"),
      column("PSI", "psi", rounded),
    ];
    return [...rowsOf(columns, views, format), "", ...rowsOf(ofFeatures, features, format)];
  },
};

const deliveryColumns = [
  column("SOURCE", "name"),
  column("SIZE", "bytes", bytes),
  column("MODIFIED", "modifiedAt", time),
  column("LAST RUN", "lastRun.id"),
  column("STATUS", "lastRun.status"),
  column("LACKS", "lacks", listed),
];

export const snapshotCommands: readonly ApiCommand[] = [
  {
    name: "deliveries",
    group: GROUP,
    field: "Query.deliveries",
    summary: "Lists what could be ingested, the newest first, with what became of each.",
    names: { first: "limit" },
    view: table(deliveryColumns),
  },
  {
    name: "snapshots",
    group: GROUP,
    field: "Query.snapshots",
    summary: "Lists the snapshots, the newest date first.",
    names: { first: "limit" },
    view: table(snapshotColumns),
  },
  {
    name: "snapshots show",
    group: GROUP,
    field: "Query.snapshot",
    summary: "Shows one snapshot with its parts and files.",
    positionals: ["asOf"],
    view: detail(
      [...snapshotColumns, column("RUN", "run.id"), column("WITHDRAWN", "withdrawal.reason")],
      [
        {
          title: "Parts",
          path: "parts",
          columns: [
            column("SOURCE", "source"),
            column("OF", "eventDate"),
            column("ROWS", "rowCount"),
            column("SHA256", "contentSha256"),
          ],
        },
        {
          title: "Files",
          path: "sources",
          columns: [column("FILE", "name"), column("ROWS", "rowCount"), column("SIZE", "bytes", bytes)],
        },
      ],
    ),
  },
  {
    name: "snapshots diff",
    group: GROUP,
    field: "Query.snapshotDiff",
    summary: "Compares two snapshots, view by view.",
    positionals: ["from", "to"],
    view: differences,
  },
  {
    name: "snapshots profile",
    group: GROUP,
    field: "Query.featureProfile",
    summary: "Shows how the values of a view's features are distributed.",
    positionals: ["view", "asOf"],
    view: table(
      [
        column("FEATURE", "feature.name"),
        column("ROWS", "rows"),
        column("MISSING", "missing"),
        column("DISTINCT", "distinct"),
        column("MEAN", "mean", rounded),
        column("DEVIATION", "deviation", rounded),
        column("MIN", "min", rounded),
        column("MAX", "max", rounded),
      ],
      "quantiles histogram { from to count } values { value count share other }",
    ),
  },
  {
    name: "snapshots drift",
    group: GROUP,
    field: "Query.driftHistory",
    summary: "Shows the drift of each feature over the newest dates.",
    names: { first: "dates" },
    view: table([
      column("AS OF", "asOf"),
      column("FEATURE", "feature"),
      column("PSI", "psi", rounded),
      column("DRIFTED", "drifted"),
      column("AGAINST", "against"),
      column("PENDING", "pending"),
    ]),
  },
  {
    name: "snapshots withdraw",
    group: GROUP,
    field: "Mutation.withdrawSnapshot",
    summary: "Withdraws a revision that should not have been published.",
    positionals: ["asOf"],
    view: startedRun,
    follow: true,
  },
  {
    name: "resnapshot",
    group: GROUP,
    field: "Mutation.resnapshot",
    summary: "Computes the window features of a date again, late events included.",
    positionals: ["asOf"],
    view: startedRun,
    follow: true,
  },
  {
    name: "backfill",
    group: GROUP,
    field: "Mutation.backfill",
    summary: "Makes the snapshots of past dates from the histories of events.",
    positionals: ["from", "to"],
    view: startedRun,
    follow: true,
  },
  {
    name: "erase",
    group: GROUP,
    field: "Mutation.eraseUser",
    summary: "Erases a person: every row, of every date. Needs --yes.",
    positionals: ["userId"],
    view: startedRun,
    follow: true,
    confirmed: "an erasure",
  },
  {
    name: "erase dry-run",
    group: GROUP,
    field: "Query.erasureReach",
    summary: "Shows how far an erasure would reach. Nothing is written.",
    positionals: ["userId"],
    view: detail(
      [column("KEPT OUT", "keptOut", (keptOut) => (keptOut === true ? "yes" : "no"))],
      [
        {
          title: "Would be removed",
          path: "places",
          columns: [column("PLACE", "place"), column("ROWS", "rows")],
        },
        {
          title: "Belongs to the person, and would be erased, too",
          path: "belonging",
          columns: [column("ENTITY", "entity"), column("KEYS", "keys")],
        },
        {
          title: "Snapshots",
          path: "snapshots",
          columns: [column("AS OF", "asOf"), column("REVISION", "revision")],
        },
        {
          title: "Files that would be deleted",
          path: "artifacts",
          columns: [column("RUN", "run"), column("NAME", "name")],
        },
        {
          title: "Versions trained with the person, which would stay",
          path: "versions",
          columns: [column("MODEL", "model"), column("VERSION", "version"), column("STAGE", "stage")],
        },
        {
          title: "Would stay",
          path: "outside",
          columns: [column("WHAT", "what"), column("UNTIL", "until"), column("REMEDY", "remedy")],
        },
      ],
      "underWay { id }",
    ),
  },
  {
    name: "erase lift",
    group: GROUP,
    field: "Mutation.liftErasure",
    summary: "Lets a person who was erased come back by the next delivery.",
    positionals: ["userId"],
    view: detail([
      column("LIFTED", "at", time),
      column("ACTOR", "actor"),
      column("REASON", "reason"),
      column("ERASURES", "erasures"),
    ]),
  },
  {
    name: "retention",
    group: GROUP,
    field: "Mutation.applyRetention",
    summary: "Drops the rows of old snapshots; a dry run unless --no-dry-run is given.",
    view: {
      fields: "dryRun limit dates { asOf outcome reason snapshots { revision } keptFor { model version } }",
      lines: (answer, format) => {
        const { dates, limit } = answer as { dates: unknown[]; limit: string | null };
        if (dates.length === 0) return [limit ? `nothing is older than ${limit}` : "nothing is old enough"];
        const columns = [
          column("AS OF", "asOf"),
          column("OUTCOME", "outcome"),
          column("SNAPSHOTS", "snapshots", howMany),
          column("REASON", "reason"),
        ];
        return rowsOf(columns, dates, format);
      },
    },
  },
  {
    name: "event-retention",
    group: GROUP,
    field: "Mutation.applyEventRetention",
    summary: "Drops old events, month by month; a dry run unless --no-dry-run is given.",
    view: eventRetention,
  },
];
