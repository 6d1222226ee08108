import { type ApiCommand, clientOf, FOLLOW } from "../api/api-command.js";
import { type Command, labelOf } from "../command.js";
import { UsageError } from "../errors.js";
import { followAll, followRun, RUN_FIELDS } from "../follow.js";
import {
  bytes,
  type CellFormatter,
  howMany,
  jsonCell,
  plain,
  rounded,
  seconds,
  time,
} from "../output/format.js";
import { retentionLines } from "../output/run-retention.js";
import { column, detail, table, type View } from "../output/view.js";

/** Of a run that was started or changed just now. */
export const startedRun: View = {
  fields: RUN_FIELDS,
  lines: (answer) => {
    const { id, status } = answer as { id: string; status: string };
    return [`run ${id} ${status}`];
  },
};

const failure: CellFormatter = (error) => {
  const { code, message } = error as { code: string; message: string };
  return `${code}: ${message}`;
};

const runTable = table(
  [
    column("RUN", "id"),
    column("KIND", "kind"),
    column("STATUS", "status"),
    column("CREATED", "createdAt", time),
    column("TOOK", "durationMs", seconds),
    column("ACTOR", "actor"),
    column("", "error", failure, "code message"),
  ],
  RUN_FIELDS,
);

const runDetail = detail(
  [
    column("RUN", "id"),
    column("NAME", "name"),
    column("KIND", "kind"),
    column("STATUS", "status"),
    column("CREATED", "createdAt", time),
    column("TOOK", "durationMs", seconds),
    column("ACTOR", "actor"),
    column("ATTEMPT", "attempt"),
    column("PARAMS", "params", jsonCell),
    column("RESULT", "result", jsonCell),
    column("VERSION", "modelVersion.version"),
    column("ERROR", "error.code"),
    column("MESSAGE", "error.message"),
  ],
  [
    {
      title: "Steps",
      path: "steps",
      columns: [column("STEP", "name"), column("STATUS", "status"), column("TOOK", "durationMs", seconds)],
    },
    {
      title: "Metrics",
      path: "latestMetrics",
      columns: [column("METRIC", "name"), column("VALUE", "value", rounded)],
    },
    {
      title: "Artifacts",
      path: "artifacts",
      columns: [column("ARTIFACT", "name"), column("SIZE", "bytes", bytes), column("URL", "url")],
    },
  ],
  RUN_FIELDS,
);

const comparedTable: View = {
  fields: "runs { id } params { name values differs } metrics { name values differs }",
  lines: (answer, format) => {
    const { runs, params, metrics } = answer as Compared;
    const columns = [
      column("NAME", "name"),
      ...runs.map(({ id }, i) => column(id.slice(0, 8), `values.${i}`, plain)),
      column("DIFFERS", "differs", (differs) => (differs === true ? "yes" : "")),
    ];
    return table(columns).lines([...params, ...metrics], format);
  },
};

interface Compared {
  runs: { id: string }[];
  params: unknown[];
  metrics: unknown[];
}

const runId = { id: "runId" };

export const runCommands: readonly ApiCommand[] = [
  {
    name: "ingest",
    group: "Runs",
    field: "Mutation.ingest",
    positionals: ["source"],
    view: startedRun,
    follow: true,
  },
  {
    name: "materialize",
    group: "Runs",
    field: "Mutation.materialize",
    summary: "Copies a snapshot's newest values to the online store.",
    view: startedRun,
    follow: true,
  },
  {
    name: "train",
    group: "Runs",
    field: "Mutation.train",
    without: { algorithm: ["EXTERNAL"] },
    view: startedRun,
    follow: true,
  },
  {
    name: "tune",
    group: "Runs",
    field: "Mutation.tune",
    summary: "Searches the algorithm's parameters and registers the best version.",
    without: { algorithm: ["EXTERNAL"] },
    view: startedRun,
    follow: true,
  },
  {
    name: "compare",
    group: "Runs",
    field: "Mutation.trainAndCompare",
    summary: "Trains candidates and promotes one that beats Production.",
    without: { algorithm: ["EXTERNAL"], candidates: ["EXTERNAL"] },
    view: startedRun,
    follow: true,
  },
  {
    name: "train-externally",
    group: "Runs",
    field: "Mutation.trainExternally",
    summary: "Trains by a program that the deployment declares.",
    positionals: ["command"],
    view: startedRun,
    follow: true,
  },
  {
    name: "reproduce",
    group: "Runs",
    field: "Mutation.reproduce",
    summary: "Trains a run's model again and says what differs.",
    positionals: ["runId"],
    names: { runId: "runId" },
    view: startedRun,
    follow: true,
  },
  {
    name: "export",
    group: "Runs",
    field: "Mutation.exportTrainingSet",
    summary: "Writes training sets as CSV and Parquet artifacts.",
    view: startedRun,
    follow: true,
  },
  {
    name: "parity",
    group: "Runs",
    field: "Mutation.verifyParity",
    summary: "Compares what is served online with the snapshots.",
    view: startedRun,
    follow: true,
  },
  {
    name: "drift",
    group: "Runs",
    field: "Mutation.detectDrift",
    summary: "Compares two snapshots, or a snapshot and what was served.",
    view: startedRun,
    follow: true,
  },
  {
    name: "runs",
    group: "Runs",
    field: "Query.runs",
    summary: "Lists runs, shows one, or follows them live.",
    // --actor is who asks.
    names: { first: "limit", actor: "started-by" },
    view: runTable,
  },
  {
    name: "run",
    group: "Runs",
    field: "Query.run",
    summary: "Shows one run with its steps, metrics and artifacts.",
    positionals: ["id"],
    names: runId,
    view: runDetail,
  },
  {
    name: "compare-runs",
    group: "Runs",
    field: "Query.compareRuns",
    summary: "Shows runs side by side.",
    positionals: ["ids"],
    names: { ids: "runId" },
    view: comparedTable,
  },
  {
    name: "cancel",
    group: "Runs",
    field: "Mutation.cancelRun",
    summary: "Stops a run that is queued or running.",
    positionals: ["id"],
    names: runId,
    view: startedRun,
  },
  {
    name: "retry",
    group: "Runs",
    field: "Mutation.retryRun",
    summary: "Queues a failed or cancelled run once more.",
    positionals: ["id"],
    names: runId,
    view: startedRun,
    follow: true,
  },
  {
    name: "delete-run",
    group: "Runs",
    field: "Mutation.deleteRun",
    summary: "Deletes an ended run with its events, metrics and artifacts.",
    positionals: ["id"],
    names: runId,
    view: table([
      column("RUN", "id"),
      column("EVENTS", "events", howMany),
      column("METRICS", "metrics", howMany),
      column("ARTIFACTS", "artifacts", howMany),
      column("FREED", "bytesFreed", bytes),
    ]),
  },
  {
    name: "run-retention",
    group: "Runs",
    field: "Mutation.applyRunRetention",
    summary: "Deletes old runs that nothing was made from; a dry run unless --no-dry-run is given.",
    view: {
      fields: "dryRun before artifacts bytesFreed more runIds kept { reason runs }",
      lines: retentionLines,
    },
  },
];

/** `asof run <id>` takes `--follow`, and `asof runs` takes a run's id and `--follow`, too. */
export function withFollow(list: Command, one: Command): { list: Command; one: Command } {
  const following: Command = {
    ...one,
    options: [FOLLOW, ...one.options],
    run: (given, env) =>
      given.flag("follow")
        ? followRun(clientOf(given, env), given.text("runId")!, given)
        : one.run(given, env),
  };
  const ofServer = new Set(one.options.map(({ name }) => name));
  const forList = list.options.filter(({ name }) => !ofServer.has(name));
  return {
    one: following,
    list: {
      ...list,
      description: `${list.description} With the id of a run: that one. With --follow and no id: what happens in every run from now on, until Ctrl-C.`,
      positionals: one.positionals.map((id) => ({ ...id, required: false })),
      options: [FOLLOW, ...list.options],
      run: (given, env) => {
        const misplaced = forList.find(({ name }) => given.has(name));
        if (misplaced && (given.has("runId") || given.flag("follow")))
          throw new UsageError(`${labelOf(misplaced)} is for the list`);
        if (given.has("runId")) return following.run(given, env);
        return given.flag("follow") ? followAll(clientOf(given, env), given) : list.run(given, env);
      },
    },
  };
}
