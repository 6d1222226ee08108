import { AsofClient } from "./client.js";
import {
  CommandError,
  type ExitCode,
  numberOption,
  parse,
  print,
  SERVER_OPTIONS,
  SERVER_USAGE,
  UsageError,
} from "./command.js";
import { enumOption } from "./enum-option.js";
import { followRun, line, RUN_FIELDS, type ShownRun } from "./follow.js";

export const name = "runs";
export const describe = "list runs, show one, or follow them live";
export const usage = `[<runId>] [--follow] [--kind K] [--status S] [--limit N]

  <runId>       that one; with --follow from its beginning to its end, exit code 1 unless it succeeded
  --follow      without a run: what happens in every run from now on, until Ctrl-C
  --kind K      ingest, train, reproduce, …; an unknown one lists them
  --status S    queued, running, succeeded, failed or cancelled
  --limit N     the newest N: 20
${SERVER_USAGE}`;

const options = {
  ...SERVER_OPTIONS,
  follow: { type: "boolean", short: "f" },
  kind: { type: "string" },
  status: { type: "string" },
  limit: { type: "string" },
} as const;

export async function run(args: string[]) {
  const { values, given } = parse(args, options, ["runId?"]);
  const client = new AsofClient(values);
  const id = given[0];
  const where = { kind: enumOption("kind", values.kind), status: enumOption("status", values.status) };
  if ((id || values.follow) && (where.kind || where.status || values.limit))
    throw new UsageError("--kind, --status and --limit are for the list");
  if (id && values.follow) return followRun(client, id, values.json);
  if (values.follow) return followAll(client, values.json);
  const runs = id ? [await findOne(client, id)] : await list(client, where, values.limit);
  if (!values.json) print(HEADER);
  for (const run of runs) print(values.json ? JSON.stringify(run) : row(run));
  return 0 as const;
}

async function findOne(client: AsofClient, id: string): Promise<ShownRun> {
  const { run } = await client.query<{ run: ShownRun | null }>(
    `query ($id: ID!) { run(id: $id) { ${RUN_FIELDS} } }`,
    { id },
  );
  if (!run) throw new CommandError(`RUN_NOT_FOUND: there is no run ${id}`);
  return run;
}

async function list(client: AsofClient, where: object, limit: string | undefined): Promise<ShownRun[]> {
  const { runs } = await client.query<{ runs: { nodes: ShownRun[] } }>(
    `query ($where: RunFilter, $first: Int!) { runs(where: $where, first: $first) { nodes { ${RUN_FIELDS} } } }`,
    { where, first: numberOption("--limit", limit) ?? 20 },
  );
  return runs.nodes;
}

/** From now on. */
async function followAll(client: AsofClient, json = false): Promise<ExitCode> {
  // Where there is no server at all, it is said at once.
  await client.query("{ __typename }");
  for await (const event of client.events(null)) {
    if (json) print(JSON.stringify({ event }));
    else print(`${event.runId.slice(0, 8)} ${event.kind} ${line(event)}`);
  }
  return 0;
}

const columns = (id: string, kind: string, status: string, created: string, took: string, actor: string) => [
  id.padEnd(36),
  kind.padEnd(17),
  status.padEnd(9),
  created.padEnd(20),
  took.padStart(9),
  actor,
];

const HEADER = columns("RUN", "KIND", "STATUS", "CREATED", "TOOK", "ACTOR").join("  ");

function row({ id, kind, status, actor, createdAt, durationMs, error }: ShownRun): string {
  const seconds = durationMs === null ? "" : `${(durationMs / 1000).toFixed(2)} s`;
  const cells = columns(id, kind, status, `${createdAt.slice(0, 19)}Z`, seconds, actor);
  return `${cells.join("  ")}${error ? `  ${error.code}: ${error.message}` : ""}`;
}
