import { readMigrations } from "../src/db/migrations/folder.js";
import type { Deployment } from "../src/definitions/language/deployment.js";
import { evolve, type Move, type Refusal } from "./evolution.js";
import { type DefinitionState, type DeploymentState, firstState } from "./evolution-state.js";
import { readState, writeMigration, writeState } from "./migration-folder.js";
import { derivedState, migrationStatements, noTables, type SchemaState } from "./migration-statements.js";

/** The definitions leave open what becomes of something that is kept. */
export class RefusedChange extends Error {
  constructor(readonly refusals: readonly Refusal[]) {
    const shown = refusals.map(
      ({ problem, lines }) => `${problem}; add\n${lines.map((line) => `    ${line}`).join("\n  or\n")}`,
    );
    super(`nothing was written: a change would lose something\n\n${shown.join("\n\n")}`);
    this.name = "RefusedChange";
  }
}

/**
 * What the definitions need beyond the last migration of the folder, as its next file; an empty folder gets the whole.
 * No statement drops a column or a table, or changes a type: what was kept stays where it is, or under another name.
 * @returns the file that was written; null where there is nothing to do
 * @throws {RefusedChange} with the lines to add to the definitions
 */
export async function generateDeployment(
  folder: string,
  definitions: Deployment,
  name: string,
): Promise<string | null> {
  const { before, after, statements, refusals } = await planMigration(folder, definitions);
  if (refusals.length > 0) throw new RefusedChange(refusals);
  if (before === null) return writeMigration(folder, "baseline", statements, after);
  if (statements.length > 0) return writeMigration(folder, name, statements, after);
  // Retired, or a version raised: nothing of the tables changes, and the next change starts from there.
  writeState(folder, after);
  return null;
}

/** What the next migration would be. */
export interface PlannedMigration {
  /** Null: the folder has none. */
  before: DeploymentState | null;
  after: DeploymentState;
  statements: string[];
  moves: readonly Move[];
  /** Where there is one, nothing else counts. */
  refusals: readonly Refusal[];
}

/** Compares the definitions with the last migration of the folder; writes nothing. */
export async function planMigration(folder: string, definitions: Deployment): Promise<PlannedMigration> {
  const state = readState<DeploymentState>(folder);
  const tables = derivedState(definitions);
  if (readMigrations(folder).length === 0 || !state) {
    const after: DeploymentState = { definitions: firstState(definitions), tables };
    const statements = await migrationStatements(noTables(), tables);
    return { before: null, after, statements, moves: [], refusals: [] };
  }
  const { moves, refusals, next } = evolve(state.definitions, definitions);
  if (refusals.length > 0) return { before: state, after: state, statements: [], moves: [], refusals };
  const { statements: moved, tables: from } = move(state, moves);
  const to = withHistory(tables, from);
  const statements = [...moved, ...(await migrationStatements(from, to))];
  return { before: state, after: { definitions: next, tables: to }, statements, moves, refusals };
}

/** What of drizzle's description of a table is looked at here. */
interface Table {
  name: string;
  columns: Record<string, { name: string; type: string }>;
  indexes: Record<string, unknown>;
}

/** Each move takes the column's values along in every table that has it, and tells the snapshots where they are. */
function move({ definitions, tables }: DeploymentState, moves: readonly Move[]) {
  const from = structuredClone(tables);
  const statements = moves.flatMap(({ source, from: name, to }) => {
    const moved = tablesOf(definitions, from, source).filter(({ columns }) => Object.hasOwn(columns, name));
    for (const table of moved) table.columns = renamedKey(table.columns, name, to);
    const parts = [source, ...viewsOf(definitions, source).map((view) => `${view}:pushes`)];
    return [
      ...moved.map((table) => `ALTER TABLE "${table.name}" RENAME COLUMN "${name}" TO "${to}";`),
      ...parts.map((part) => `SELECT asof_rename_stored('${part}', '${name}', '${to}');`),
    ];
  });
  return { statements, tables: from };
}

function renamedKey(columns: Table["columns"], from: string, to: string): Table["columns"] {
  return Object.fromEntries(
    Object.entries(columns).map(([key, column]) =>
      key === from ? [to, { ...column, name: to }] : [key, column],
    ),
  );
}

/** The tables that have the columns of a source: its own, and those of its views, declared or not. */
function tablesOf(definitions: DefinitionState, { tables }: SchemaState, source: string): Table[] {
  const views = viewsOf(definitions, source);
  const names = [
    source,
    `${source}_snapshots`,
    `${source}_events`,
    ...views.flatMap((view) => [`${view}_online`, `${view}_pushes`]),
  ];
  return (Object.values(tables) as Table[]).filter(({ name }) => names.includes(name));
}

const viewsOf = ({ views }: DefinitionState, source: string): string[] =>
  Object.entries(views).flatMap(([name, view]) => (view.source === source ? [name] : []));

/** The tables of the definitions, with every table and column that is there beside them. */
function withHistory(declared: SchemaState, there: SchemaState): SchemaState {
  const tables: Record<string, Table> = structuredClone(declared.tables);
  for (const [key, old] of Object.entries(there.tables as Record<string, Table>)) {
    const table = tables[key];
    if (!table) {
      tables[key] = old;
      continue;
    }
    for (const [name, column] of Object.entries(old.columns)) {
      const now = table.columns[name];
      if (now && now.type !== column.type)
        throw new Error(`${table.name}.${name} would become ${now.type} and is ${column.type}`);
    }
    table.columns = { ...old.columns, ...table.columns };
    table.indexes = { ...old.indexes, ...table.indexes };
  }
  return { ...declared, tables };
}
