import { sql } from "drizzle-orm";
import type { Queryable } from "../db/pool.js";
import { registryChanges } from "../db/tables/registry-changes.js";
import { ask, type Fields, selectList } from "../db/typed.js";

/** Who changed an experiment, or a model beside the stages of its versions, when and how. */
export interface RegistryChange {
  id: string;
  at: Date;
  actor: string;
  /** In words, of then. */
  message: string;
}

const FIELDS: Fields<RegistryChange> = {
  id: sql`${registryChanges.id}::text`,
  at: registryChanges.at,
  actor: registryChanges.actor,
  message: registryChanges.message,
};

/** Of each so many. $1 models or experiments, $2 how many each, $3 before which id. */
const newestOf = (column: "model" | "experiment_id", type: "text" | "bigint"): string => `
  select c.* from unnest($1::${type}[]) o(of) cross join lateral (
    select o.of, ${selectList(FIELDS)} from registry_changes
    where ${column} = o.of and ($3::bigint is null or registry_changes.id < $3)
    order by registry_changes.id desc limit $2
  ) c order by c.id::bigint desc`;
const OF_MODELS = newestOf("model", "text");
const OF_EXPERIMENTS = newestOf("experiment_id", "bigint");

export type ChangedThing = { model: string } | { experiment: number };

/** In the transaction of the change itself. */
export async function recordChange(
  tx: Queryable,
  of: ChangedThing,
  actor: string,
  message: string,
): Promise<void> {
  const what = "model" in of ? { model: of.model } : { experiment_id: of.experiment };
  await ask(tx, (query) => query.insert(registryChanges).values({ ...what, actor, message }));
}

/** Of each model the newest first, of those before `before`. */
export function changesOfModels(
  db: Queryable,
  names: readonly string[],
  first: number,
  before: string | null,
): Promise<RegistryChange[][]> {
  return newest(db, OF_MODELS, names, first, before);
}

/** The same of experiments. */
export function changesOfExperiments(
  db: Queryable,
  ids: readonly number[],
  first: number,
  before: string | null,
): Promise<RegistryChange[][]> {
  return newest(db, OF_EXPERIMENTS, ids, first, before);
}

async function newest(
  db: Queryable,
  query: string,
  of: readonly (string | number)[],
  first: number,
  before: string | null,
): Promise<RegistryChange[][]> {
  const { rows } = await db.query<RegistryChange & { of: string | number }>(query, [of, first, before]);
  const found = new Map<string, RegistryChange[]>(of.map((each) => [String(each), []]));
  for (const { of: whose, ...change } of rows) found.get(String(whose))!.push(change);
  return of.map((each) => found.get(String(each))!);
}

/** How much of what was set is repeated. */
const SHOWN = 10;
const SHOWN_CHARACTERS = 200;

export interface Noted {
  name?: string | null | undefined;
  description?: string | null | undefined;
  note?: string | null | undefined;
  /** Removed where it is null. */
  tags?: Readonly<Record<string, string | null>> | null | undefined;
}

/** What somebody wrote about something, in words; empty: nothing. */
export function notedInWords({ name, tags, description, note }: Noted): string {
  const said = [
    ...(name === undefined ? [] : [name === null ? "name removed" : `named ${name}`]),
    ...Object.entries(tags ?? {}).map(([tag, value]) =>
      value === null ? `tag ${tag} removed` : `tag ${tag}: ${shown(value)}`,
    ),
    ...written("description", description),
    ...written("note", note),
  ];
  return `${said.slice(0, SHOWN).join(", ")}${said.length > SHOWN ? ", …" : ""}`;
}

const written = (what: string, text: string | null | undefined): string[] =>
  text === undefined ? [] : [text === null ? `${what} removed` : `${what} written`];

const shown = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
