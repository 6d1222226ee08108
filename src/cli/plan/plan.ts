import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { joinEmbedded } from "../../db/embedded/shared-server.js";
import { createClient, type Queryable } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { shortenedViews } from "../../features/windows/event-horizons.js";
import { readConfig } from "../../process/config.js";
import { loadDeployment } from "../../process/load-deployment.js";
import type { ModelVersion } from "../../registry/model.js";
import { servability } from "../../registry/servability.js";
import type { Problem } from "../../serving/model-problems.js";
import { shortOfEvents } from "../../serving/window-problems.js";
import { PROJECT_ROOT } from "../../values/project-root.js";
import type { ExitCode, Given } from "../command.js";
import { CommandError } from "../errors.js";
import type { PlannedChange, PlannedChanges } from "./planned-changes.js";

/** What the definitions would do to what is there. */
interface Plan extends PlannedChanges {
  /** Null: there is no database yet. */
  readonly database: Stored | null;
}

interface Stored {
  readonly snapshots: number;
  readonly dates: number;
  readonly models: readonly PlannedModel[];
  /** Views whose windows see events that were dropped: until that ends, no snapshot can be made. */
  readonly shortOfEvents: readonly Problem[];
}

interface PlannedModel {
  readonly model: string;
  readonly version: number;
  readonly stage: string;
  readonly servable: boolean;
  /** Why not, and what helps. */
  readonly problem: string | null;
}

/**
 * Shows what the definitions as they stand will do to tables, snapshots and models, before anything is done.
 * @throws {CommandError} the definitions cannot be loaded, or the database cannot be read
 */
export async function plan(given: Given): Promise<ExitCode> {
  const config = readConfig();
  const { definitions } = await loadDeployment(config.deployment);
  const changes = plannedChanges(config.deployment);
  const planned: Plan = { ...changes, database: await stored(config, definitions) };
  if (given.flag("json")) given.print(JSON.stringify(planned));
  else for (const line of inWords(definitions, planned)) given.print(line);
  const { models = [], shortOfEvents = [] } = planned.database ?? {};
  const stops =
    shortOfEvents.length > 0 || models.some(({ stage, servable }) => stage === "PRODUCTION" && !servable);
  return planned.refusals.length > 0 || stops ? 1 : 0;
}

/** By the program's own tool, which needs what is installed for development. */
function plannedChanges(module: string | null): PlannedChanges {
  // It runs in the program's folder: a path that is relative to this one would name another file.
  const definitions = module === null ? [] : ["--definitions", fileURLToPath(module)];
  const args = ["run", "--silent", "db:generate", "--", "--plan", ...definitions];
  const { status, stdout, stderr } = spawnSync("npm", args, {
    cwd: PROJECT_ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status === 0) return JSON.parse(stdout) as PlannedChanges;
  throw new CommandError(
    `the migrations could not be compared: ${stderr.trim() || "npm ci installs what that needs"}`,
  );
}

async function stored(
  { databaseUrl, home }: { databaseUrl: string | null; home: string },
  definitions: Deployment,
): Promise<Stored | null> {
  if (databaseUrl) return readStored(databaseUrl, definitions);
  if (!existsSync(join(home, "postgres", "data"))) return null;
  const server = await joinEmbedded(home);
  try {
    return await readStored(server.url, definitions);
  } finally {
    await server.leave();
  }
}

async function readStored(url: string, definitions: Deployment): Promise<Stored | null> {
  const client = createClient(url);
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw new CommandError(
      `the database cannot be reached: ${(error as Error).message}; asof doctor says more`,
    );
  }
  try {
    const there = await client.query("select to_regclass('public.model_versions') as models");
    if (!there.rows[0].models) return null;
    const { rows } = await client.query<Pick<ModelVersion, "model" | "version" | "stage" | "signature">>(
      `select model, version, stage, signature from model_versions where stage in ('PRODUCTION', 'STAGING')
       order by model, version`,
    );
    const counted = await client.query<{ snapshots: number; dates: number }>(
      "select count(*)::int as snapshots, count(distinct as_of)::int as dates from snapshots",
    );
    const models = rows.map((row) => plannedModel(row, definitions));
    return { ...counted.rows[0]!, models, shortOfEvents: await readShortOfEvents(client, definitions) };
  } finally {
    await client.end();
  }
}

async function readShortOfEvents(client: Queryable, definitions: Deployment): Promise<Problem[]> {
  const { rows } = await client.query("select to_regclass('public.event_drops') is not null as there");
  return rows[0].there ? shortOfEvents(client, await shortenedViews(client, definitions)) : [];
}

function plannedModel(
  version: Pick<ModelVersion, "model" | "version" | "stage" | "signature">,
  definitions: Deployment,
): PlannedModel {
  const found = servability(version, definitions);
  const { model, version: number, stage } = version;
  const problem = found.servable ? null : `${found.problem}; ${found.remedy}`;
  return { model, version: number, stage, servable: found.servable, problem };
}

function inWords({ name }: Deployment, planned: Plan): string[] {
  const { refusals, statements, changes, features, database, isFirst } = planned;
  if (refusals.length > 0)
    return [
      "Refused: a change would lose something. Add to the definitions:",
      ...refusals.flatMap(({ problem, lines }) => [
        `  ${problem}`,
        ...lines.map((line, i) => `    ${i === 0 ? "" : "or "}${line}`),
      ]),
      ...shortInWords(database),
      ...modelsInWords(database),
    ];
  const nothing = statements.length === 0 && changes.length === 0 && features.length === 0;
  if (nothing)
    return [
      `${name}: the migrations hold what the definitions declare`,
      ...shortInWords(database),
      ...modelsInWords(database),
    ];
  return [
    isFirst
      ? `Tables: all of ${name}, ${count(statements.length, "statement")}`
      : `Tables: ${count(statements.length, "statement")}`,
    ...(isFirst ? [] : changes.map((change) => `  ${changeInWords(change)}`)),
    ...(isFirst
      ? []
      : features.flatMap(({ view, added, gone }) => [
          ...(added.length > 0 ? [`  view ${view} serves ${added.join(", ")} from then on`] : []),
          ...(gone.length > 0
            ? [`  view ${view} serves ${gone.join(", ")} no longer; answered as of dates before`]
            : []),
        ])),
    ...snapshotsInWords(database, changes),
    ...shortInWords(database),
    ...modelsInWords(database),
    "Nothing was done. npm run db:generate -- <name> writes the migration, the next start applies it.",
  ];
}

function changeInWords(change: PlannedChange): string {
  const { source } = change;
  switch (change.kind) {
    case "added":
      return `+ ${source}.${change.column} (${change.type})`;
    case "retired":
      return `- ${source}.${change.column} is retired: files hold it no longer, its history stays`;
    case "renamed":
      return `~ ${source}.${change.column} becomes ${change.to}, with its history`;
    case "moved":
      return `~ ${source} comes from ${shortened(change.to)} from the next delivery on, not from ${shortened(change.from)}; snapshots keep what they have`;
    case "delivered":
      return change.to === "always"
        ? `~ ${source} must be in every delivery: one that lacks it is refused`
        : `~ ${source} may be missing in a delivery: what is known of it stays current, with its date`;
    case "kept":
      return `~ ${source} keeps ${keptInWords(change.to)}, where it kept ${keptInWords(change.from)}; asof event-retention shows what would go, and what is gone does not come back`;
  }
}

const keptInWords = (days: number | null): string =>
  days === null ? "all events" : `events of ${count(days, "day")}`;

const MOST_CHARACTERS = 120;
const shortened = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;

function snapshotsInWords(database: Stored | null, changes: readonly PlannedChange[]): string[] {
  if (!database || database.snapshots === 0) return ["Snapshots: none yet"];
  const kept = `Snapshots: ${database.snapshots} of ${count(database.dates, "date")} keep their rows and hashes`;
  const isAdded = changes.some(({ kind }) => kind === "added");
  return [isAdded ? `${kept}; they answer NOT_DECLARED for what is added` : kept];
}

function shortInWords(database: Stored | null): string[] {
  const short = database?.shortOfEvents ?? [];
  return short.map(
    ({ subject, message, remedy }) => `No snapshot can be made: ${subject} is ${message}; ${remedy}`,
  );
}

function modelsInWords(database: Stored | null): string[] {
  if (!database || database.models.length === 0) return ["Models: none is in Production or Staging"];
  return [
    "Models:",
    ...database.models.map(
      ({ model, version, stage, problem }) =>
        `  ${model} ${version} (${stage}) ${problem === null ? "is served as before" : `would not be served: ${problem}`}`,
    ),
  ];
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
