import type { ApiCommand } from "../api/api-command.js";
import { jsonCell, time } from "../output/format.js";
import { column, rowsOf, table, type View } from "../output/view.js";
import { startedRun } from "./runs.js";

const GROUP = "Schedules";

const scheduleTable = table(
  [
    column("SCHEDULE", "name"),
    column("CRON", "cron"),
    column("ZONE", "timezone"),
    column("KIND", "kind"),
    column("STATE", "paused", (paused) => (paused === true ? "paused" : "active")),
    column("LAST", "lastFiredAt", time),
    column("NEXT", "nextAt", time),
    column("PARAMS", "params", jsonCell),
  ],
  "catchUp actor",
);

const firings: View = {
  fields: "name firings(first: 50) { scheduledFor error { code message } run { id status } }",
  lines: (answer, format) =>
    rowsOf(
      [
        column("SCHEDULED FOR", "scheduledFor", time),
        column("RUN", "run.id"),
        column("STATUS", "run.status"),
        column("", "error.message"),
      ],
      (answer as { firings: unknown[] }).firings,
      format,
    ),
};

const change = (name: string, field: ApiCommand["field"], summary: string): ApiCommand => ({
  name: `schedules ${name}`,
  group: GROUP,
  field,
  summary,
  positionals: ["name"],
  view: scheduleTable,
});

export const scheduleCommands: readonly ApiCommand[] = [
  {
    name: "schedules",
    group: GROUP,
    field: "Query.schedules",
    summary: "Lists the schedules.",
    view: scheduleTable,
  },
  change("set", "Mutation.setSchedule", "Creates a schedule, or changes the one of that name."),
  change("pause", "Mutation.pauseSchedule", "Pauses a schedule."),
  change("resume", "Mutation.resumeSchedule", "Resumes a paused schedule."),
  change("delete", "Mutation.deleteSchedule", "Deletes a schedule."),
  {
    name: "schedules run",
    group: GROUP,
    field: "Mutation.runSchedule",
    summary: "Starts now what the schedule would start by the clock.",
    positionals: ["name"],
    view: startedRun,
    follow: true,
  },
  {
    name: "schedules firings",
    group: GROUP,
    field: "Query.schedule",
    summary: "Lists the latest firings of a schedule with their runs.",
    positionals: ["name"],
    view: firings,
  },
];
