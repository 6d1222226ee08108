import type { ColumnType } from "../src/definitions/language/column.js";
import type { Deployment } from "../src/definitions/language/deployment.js";
import type { SchemaState } from "./migration-statements.js";

/** What a folder of a deployment's migrations keeps beside them: what they make, and what was declared. */
export interface DeploymentState {
  definitions: DefinitionState;
  tables: SchemaState;
}

/** What the last migration was generated from, and everything that was declared before and is history now. */
export interface DefinitionState {
  key: string;
  sources: Record<string, SourceState>;
  views: Record<string, ViewState>;
}

export interface SourceState {
  version: number;
  columns: Record<string, ColumnType>;
  /** In the tables still. */
  retired: Record<string, ColumnType>;
  /** False: its tables are there, and no definition is. */
  declared: boolean;
}

export interface ViewState {
  version: number;
  source: string;
  features: string[];
  declared: boolean;
}

/** Of definitions whose folder is empty. */
export function firstState({ entity, sources, views }: Deployment): DefinitionState {
  return {
    key: entity.key,
    sources: Object.fromEntries(
      sources.map(({ name, version, columns }) => [
        name,
        { version, columns: typesOf(columns), retired: {}, declared: true },
      ]),
    ),
    views: Object.fromEntries(
      views.map(({ name, version, source, features }) => [
        name,
        { version, source: source.name, features: [...features], declared: true },
      ]),
    ),
  };
}

export const typesOf = (columns: Deployment["sources"][number]["columns"]): Record<string, ColumnType> =>
  Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type]));
