import type { ApiCommand } from "../api/api-command.js";
import { bytes, jsonCell, rounded, time } from "../output/format.js";
import { column, detail, table } from "../output/view.js";
import { startedRun } from "./runs.js";

const GROUP = "Tracking";

/** Who changed something beside stages. */
export const changeColumns = [
  column("AT", "at", time),
  column("ACTOR", "actor"),
  column("CHANGE", "message"),
];
const experimentColumns = [
  column("EXPERIMENT", "name"),
  column("STATE", "state"),
  column("MADE BY", "actor"),
  column("CREATED", "createdAt", time),
  column("UPDATED", "updatedAt", time),
  column("TAGS", "tags", jsonCell),
];

export const trackingCommands: readonly ApiCommand[] = [
  {
    name: "experiments",
    group: GROUP,
    field: "Query.experiments",
    summary: "Lists what runs are filed under.",
    names: { first: "limit" },
    view: table(experimentColumns, "id"),
  },
  {
    name: "experiments show",
    group: GROUP,
    field: "Query.experiment",
    summary: "Shows one experiment and who changed it; `asof runs --experiment` lists its runs.",
    positionals: ["name"],
    names: { name: "experiment" },
    view: detail(experimentColumns, [{ title: "Changes", path: "changes", columns: changeColumns }], "id"),
  },
  {
    name: "create-run",
    group: GROUP,
    field: "Mutation.createRun",
    summary: "Begins a run made elsewhere.",
    view: startedRun,
  },
  {
    name: "log-metrics",
    group: GROUP,
    field: "Mutation.logMetrics",
    summary: "Adds metrics to a run made elsewhere.",
    positionals: ["runId", "metrics"],
    names: { runId: "runId" },
    view: startedRun,
  },
  {
    name: "log-params",
    group: GROUP,
    field: "Mutation.logParams",
    summary: "Adds parameters to a run made elsewhere.",
    positionals: ["runId", "params"],
    names: { runId: "runId" },
    view: startedRun,
  },
  {
    name: "log-artifact",
    group: GROUP,
    field: "Mutation.logArtifact",
    summary: "Adds a file to a run made elsewhere.",
    positionals: ["runId", "base64"],
    names: { runId: "runId", base64: "file" },
    files: ["base64"],
    view: table([
      column("ARTIFACT", "name"),
      column("TYPE", "mediaType"),
      column("SIZE", "bytes", bytes),
      column("SHA256", "sha256"),
      column("URL", "url"),
    ]),
  },
  {
    name: "register-model",
    group: GROUP,
    field: "Mutation.registerModel",
    summary: "Registers a model trained elsewhere, from an ONNX file.",
    positionals: ["runId"],
    names: { runId: "runId" },
    files: ["onnx"],
    view: detail(
      [
        column("MODEL", "model"),
        column("VERSION", "version"),
        column("STATUS", "status"),
        column("RUN", "run.id"),
        column("JUDGED BY", "judgedBy.id"),
        column("SHA256", "sha256"),
        column("WARNINGS", "warnings", (warnings) => (warnings as string[]).join("; ")),
      ],
      [
        {
          title: "Metrics",
          path: "metrics",
          columns: [column("METRIC", "name"), column("VALUE", "value", rounded)],
        },
      ],
    ),
  },
  {
    name: "finish-run",
    group: GROUP,
    field: "Mutation.finishRun",
    summary: "Ends a run made elsewhere.",
    positionals: ["id"],
    names: { id: "runId" },
    view: startedRun,
  },
  {
    name: "update-run",
    group: GROUP,
    field: "Mutation.updateRun",
    summary: "Sets name, tags and note of any run.",
    positionals: ["id"],
    names: { id: "runId" },
    view: startedRun,
  },
];
