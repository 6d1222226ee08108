import type { ApiCommand } from "../api/api-command.js";
import { jsonCell, time } from "../output/format.js";
import { column, table } from "../output/view.js";

const GROUP = "Alerts";

const rules = table(
  [
    column("RULE", "name"),
    column("ON", "params", jsonCell),
    column("CHANNEL", "channel"),
    column("OPTIONS", "options", jsonCell),
    column("SET BY", "actor"),
  ],
  "declared changedAt",
);

const deliveries = table(
  [
    column("DELIVERY", "id"),
    column("RULE", "rule"),
    column("EVENT", "event"),
    column("STATE", "state"),
    column("ATTEMPTS", "attempts"),
    column("CREATED", "createdAt", time),
    column("NEXT", "nextAt", time),
    column("SUMMARY", "summary"),
    column("", "lastError"),
  ],
  "phase data channel deliveredAt",
);

export const alertCommands: readonly ApiCommand[] = [
  {
    name: "alerts",
    group: GROUP,
    field: "Query.alertRules",
    summary: "Lists who is told of what.",
    view: rules,
  },
  {
    name: "alerts set",
    group: GROUP,
    field: "Mutation.setAlertRule",
    summary: "Creates an alert rule, or changes the one of that name.",
    positionals: ["name"],
    view: rules,
  },
  {
    name: "alerts delete",
    group: GROUP,
    field: "Mutation.deleteAlertRule",
    summary: "Deletes an alert rule.",
    positionals: ["name"],
    view: rules,
  },
  {
    name: "alerts test",
    group: GROUP,
    field: "Mutation.testAlert",
    summary: "Sends a message by a rule now, and says what became of it.",
    positionals: ["rule"],
    view: deliveries,
  },
  {
    name: "alerts deliveries",
    group: GROUP,
    field: "Query.alertDeliveries",
    summary: "Lists what was sent, waits or was given up (--state dead).",
    view: deliveries,
  },
  {
    name: "alerts retry",
    group: GROUP,
    field: "Mutation.retryAlertDelivery",
    summary: "Sends a message again that was given up.",
    positionals: ["id"],
    view: deliveries,
  },
];
