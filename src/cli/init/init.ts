import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { acceptedFormats, formatOf } from "../../ingest/formats/registry.js";
import { parseDotEnv } from "../../process/dot-env.js";
import { readDeployment } from "../../process/load-deployment.js";
import { PROJECT_ROOT } from "../../values/project-root.js";
import type { ExitCode, Given } from "../command.js";
import { CommandError } from "../errors.js";
import { definitionsText } from "./definitions-text.js";
import { type InferredSource, inferSource, snakeCase } from "./infer-source.js";
import { type Plan, planDeployment } from "./plan.js";

const NAME = /^[a-z][a-z0-9_]{0,31}$/;

/**
 * Writes a deployment from the files of one delivery: definitions, migrations, and the variables of `.env` that make it the one
 * that is served here. Nothing is left where a step fails.
 * @throws {CommandError} the files do not say enough, or something is there already
 */
export async function init(given: Given): Promise<ExitCode> {
  const from = resolve(given.text("from")!);
  const name = given.text("name") ?? snakeCase(basename(dirname(from)));
  if (!NAME.test(name))
    throw new CommandError(`--name ${JSON.stringify(name)}: use lower_snake_case of at most 32 characters`);
  const folder = resolve(name);
  const set = variablesSet(folder);
  const sources = [];
  for (const file of deliveredFiles(from)) {
    given.note(`reading ${file}`);
    sources.push(await inferSource(join(from, file), file));
  }
  const plan = await planDeployment(sources, {
    name,
    key: given.text("key") ?? null,
    label: given.text("label") ?? null,
    sometimes: lackedBeside(from, sources),
  });
  await writeDefinitions(folder, definitionsText(plan, relative("", from) || "."));
  const written = relative("", folder);
  const variables = addVariables(name, set, {
    ASOF_DEFINITIONS: `${written}/definitions.ts`,
    ASOF_HOME: `.asof-${name}`,
    DATA_DIR: relative("", dirname(from)) || ".",
  });
  for (const line of report(plan, written, variables)) given.print(line);
  given.print(nextSteps(name, basename(from), plan.label !== null));
  return 0;
}

/**
 * What `.env` sets already.
 * @throws {CommandError} the folder is there, or another deployment is served here
 */
function variablesSet(folder: string): Readonly<Record<string, string>> {
  if (existsSync(folder))
    throw new CommandError(`${relative("", folder)} is there already; choose another --name, or delete it`);
  const set = existsSync(".env") ? parseDotEnv(readFileSync(".env", "utf8")) : {};
  if (!set.ASOF_DEFINITIONS) return set;
  throw new CommandError(
    `.env names ASOF_DEFINITIONS=${set.ASOF_DEFINITIONS} already; remove the line first`,
  );
}

/** Definitions and migrations, or nothing. */
async function writeDefinitions(folder: string, text: string): Promise<void> {
  const module = join(folder, "definitions.ts");
  mkdirSync(folder);
  try {
    writeFileSync(module, text);
    await readDeployment(pathToFileURL(module).href).catch((error: Error) => {
      throw new CommandError(`the files suggest what asof cannot serve: ${error.message}`);
    });
    writeMigrations(module);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Adds to `.env` what it does not set.
 * @returns the sentence about it
 */
function addVariables(
  name: string,
  set: Readonly<Record<string, string>>,
  wanted: Record<string, string>,
): string {
  const added = Object.entries(wanted).filter(([variable]) => set[variable] === undefined);
  const lines = added.map(
    ([variable, value]) => `${variable}=${/^[\w./-]*$/.test(value) ? value : `"${value}"`}`,
  );
  appendFileSync(".env", ["", `# The deployment ${name}, by asof init.`, ...lines, ""].join("\n"));
  const kept = Object.keys(wanted).filter((variable) => set[variable] !== undefined);
  return `.env: ${lines.join(", ")}${kept.length > 0 ? `; it had ${kept.join(", ")} already` : ""}`;
}

function report({ sources, label, unknown }: Plan, written: string, variables: string): string[] {
  const columns = sources.flatMap((source) => source.columns);
  const windows = sources.flatMap(({ events }) => events?.windows ?? []);
  const features = columns.filter(({ isFeature }) => isFeature).length + windows.length;
  const counts = [
    count(sources.length, "source"),
    count(columns.length, "column"),
    count(features, "feature"),
  ];
  const learnt = label ? [`label ${label.source.name}.${label.column} (${label.task.toLowerCase()})`] : [];
  const migrations = readdirSync(join(written, "drizzle")).filter((file) => file.endsWith(".sql"));
  return [
    `${written}/definitions.ts: ${[...counts, ...learnt].join(", ")}`,
    ...migrations.map((file) => `${written}/drizzle/${file}`),
    variables,
    "\nWhat the files do not say, to be looked at in the definitions:",
    ...unknown.map((sentence) => `- ${sentence}`),
  ];
}

/**
 * The sources that another delivery lacks: a folder beside this one that holds the file of one at least, whatever its format.
 * Names.
 */
function lackedBeside(from: string, sources: readonly InferredSource[]): string[] {
  const beside = readdirSync(dirname(from), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && join(dirname(from), entry.name) !== from)
    .map(({ name }) => new Set(filesIn(join(dirname(from), name)).map(withoutEnding)));
  const others = beside.filter((files) => sources.some(({ file }) => files.has(file)));
  return sources.filter(({ file }) => others.some((files) => !files.has(file))).map(({ name }) => name);
}

/** None of a folder that may not be read: it is no delivery either. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The name of a file in a format that asof reads, as sources are found by it. */
const withoutEnding = (file: string): string => {
  const ending = formatOf(file)?.extension;
  return ending ? file.slice(0, -ending.length) : file;
};

/** In the order of their names. */
function deliveredFiles(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [entry.name] : [],
    );
  } catch (error) {
    throw new CommandError(`--from ${folder}: ${(error as Error).message}`);
  }
  const files = names.filter((name) => !name.startsWith(".") && formatOf(name)).sort();
  if (files.length > 0) return files;
  const accepted = acceptedFormats().map(({ extension }) => extension);
  throw new CommandError(`--from ${folder}: there is no file that asof reads (${accepted.join(", ")})`);
}

/** By the program's own tool, which needs what is installed for development. */
function writeMigrations(module: string): void {
  const { status, stderr } = spawnSync(
    "npm",
    ["run", "--silent", "db:generate", "--", "baseline", "--definitions", module],
    { cwd: PROJECT_ROOT, encoding: "utf8" },
  );
  if (status !== 0)
    throw new CommandError(
      `the migrations could not be written: ${stderr.trim() || "npm ci installs what they need"}`,
    );
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

function nextSteps(name: string, delivery: string, learns: boolean): string {
  const learning = [
    `npx asof train --model ${name} --as-of <date> --follow`,
    `npx asof promote 1 --model ${name}`,
    `npx asof predict <key> --model ${name}`,
  ];
  return [
    "\nNext; <date> is the day that the extract holds for:",
    "  npm start",
    `  npx asof ingest ${delivery} --as-of <date> --follow`,
    ...(learns ? learning.map((line) => `  ${line}`) : []),
  ].join("\n");
}
