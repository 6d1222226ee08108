import type { ApiCommand } from "../api/api-command.js";
import { rounded, time } from "../output/format.js";
import { column, detail, table } from "../output/view.js";

const canaryColumns = [
  column("CANARY", "id"),
  column("MODEL", "model"),
  column("VERSION", "version"),
  column("CHAMPION", "champion"),
  column("SHARE", "share"),
  column("STARTED", "startedAt", time),
  column("BY", "startedBy"),
  column("ENDED", "endedAt", time),
  column("OUTCOME", "outcome"),
  column("REASON", "reason"),
];
const canaryTable = table(
  canaryColumns,
  "stopRule { minRows minAgreement maxFallbackShare metric maxLoss } endedBy",
);
const armColumns = (arm: string) => [
  column("ARM", `canary.report.${arm}.arm`),
  column("ANSWERED", `canary.report.${arm}.predictions`),
  column("LABELLED", `canary.report.${arm}.live.labelled`),
];
const canaryDetail = detail(
  [
    column("MODEL", "name"),
    ...armColumns("champion"),
    ...armColumns("challenger"),
    column("FALLBACKS", "canary.report.fallbacks"),
    column("COMPARED", "canary.report.compared"),
    column("AGREEMENT", "canary.report.agreement", rounded),
    column("SHIFT", "canary.report.meanShift", rounded),
  ],
  [{ title: "Canaries", path: "canaries", columns: canaryColumns }],
);

export const canaryCommands: readonly ApiCommand[] = [
  {
    name: "canary start",
    group: "Models",
    field: "Mutation.startCanary",
    summary: "Lets a version answer a share of the keys.",
    positionals: ["version", "share"],
    names: {
      "stopRule.minRows": "min-rows",
      "stopRule.minAgreement": "min-agreement",
      "stopRule.maxFallbackShare": "max-fallback-share",
      "stopRule.metric": "metric",
      "stopRule.maxLoss": "max-loss",
    },
    view: canaryTable,
  },
  {
    name: "canary end",
    group: "Models",
    field: "Mutation.endCanary",
    summary: "Ends the canary; with --promote its version takes the place of Production.",
    view: canaryTable,
  },
  {
    name: "canary show",
    group: "Models",
    field: "Query.model",
    summary: "Shows the model's canaries, and how the one that runs compares.",
    positionals: ["name"],
    names: { name: "model" },
    view: canaryDetail,
  },
];
