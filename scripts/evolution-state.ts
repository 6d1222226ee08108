import { isSometimes } from "../src/definitions/language/cadence.js";
import type { ColumnType } from "../src/definitions/language/column.js";
import type { Deployment, Entity, Source } from "../src/definitions/language/deployment.js";
import { entityOf } from "../src/definitions/language/entities.js";
import type { KeyType } from "../src/definitions/language/key.js";
import { originInWords, schemeOfOrigin } from "../src/definitions/language/origin.js";
import { computedSources } from "../src/definitions/language/windows/sources-of.js";
import { windowMeaning } from "../src/definitions/language/windows/window-columns.js";
import type { SchemaState } from "./migration-statements.js";

/** What a folder of a deployment's migrations keeps beside them: what they make, and what was declared. */
export interface DeploymentState {
  definitions: DefinitionState;
  tables: SchemaState;
}

/** What the last migration was generated from, and everything that was declared before and is history now. */
export interface DefinitionState {
  key: string;
  /** The types of the key's columns; absent: it is one text. */
  keyTypes?: Record<string, KeyType>;
  sources: Record<string, SourceState>;
  views: Record<string, ViewState>;
}

export interface SourceState {
  version: number;
  /** Its key's column, where that is not the first entity's. */
  key?: string;
  keyTypes?: Record<string, KeyType>;
  columns: Record<string, ColumnType>;
  /** In the tables still. */
  retired: Record<string, ColumnType>;
  /** Where it comes from, where that is not DATA_DIR. */
  from?: string;
  /** Whether deliveries may lack it. */
  sometimes?: true;
  /** Of events, how many days of them are kept, where that is declared. */
  keepDays?: number;
  /** False: its tables are there, and no definition is. */
  declared: boolean;
}

export interface ViewState {
  version: number;
  source: string;
  features: string[];
  /** Of window features, those of former declarations too: what they are computed by. */
  windows?: Record<string, string>;
  declared: boolean;
}

/** Of definitions whose folder is empty. */
export function firstState(deployment: Deployment): DefinitionState {
  const { entities, views } = deployment;
  const sources = [...deployment.sources, ...computedSources(deployment)];
  const first = entities[0]!.entity;
  return {
    ...keyState(first),
    sources: Object.fromEntries(
      sources.map((source) => {
        const own = entityOf(deployment, source);
        const { name, version, columns } = source;
        const state = {
          version,
          columns: typesOf(columns),
          retired: {},
          ...delivery(source),
          declared: true,
        };
        return [name, own === first ? state : { ...state, ...keyState(own) }];
      }),
    ),
    views: Object.fromEntries(
      views.map(({ name, version, source, features }) => [
        name,
        {
          ...{ version, source: source.name, features: [...features], declared: true },
          ...(source.computedFrom && { windows: meaningsOf(source) }),
        },
      ]),
    ),
  };
}

const delivery = (source: Source): Pick<SourceState, "from" | "sometimes" | "keepDays"> => ({
  ...(schemeOfOrigin(source.from) === null ? {} : { from: originInWords(source.from) }),
  ...(isSometimes(source) ? { sometimes: true } : {}),
  ...(source.retention ? { keepDays: source.retention.keepDays } : {}),
});

/** What is kept of an entity's key. */
export const keyState = ({ key, keyColumns }: Entity): Pick<DefinitionState, "key" | "keyTypes"> =>
  keyColumns
    ? {
        key,
        keyTypes: Object.fromEntries(Object.entries(keyColumns).map(([name, { type }]) => [name, type])),
      }
    : { key };

export const typesOf = (columns: Deployment["sources"][number]["columns"]): Record<string, ColumnType> =>
  Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type]));

/** What each window feature of a view's rows is computed by. */
export const meaningsOf = (source: Source): Record<string, string> =>
  Object.fromEntries(
    Object.keys(source.columns).flatMap((name) => {
      const meaning = windowMeaning(source, name);
      return meaning === null ? [] : [[name, meaning]];
    }),
  );

/** What a window feature was computed by before, under whatever name; undefined where that is not on record. */
export function windowBefore(
  before: ViewState | undefined,
  renames: Readonly<Record<string, string>>,
  name: string,
): string | undefined {
  const windows = before?.windows ?? {};
  const former = Object.keys(windows).find((each) => renames[each] === name);
  return windows[former ?? name];
}

/** What windows of former declarations were computed by, each under the name that its column has now. */
export function windowsMoved(
  { source, windows = {} }: ViewState,
  moves: readonly { source: string; from: string; to: string }[],
): Record<string, string> {
  const names = new Map(moves.flatMap((move) => (move.source === source ? [[move.from, move.to]] : [])));
  return Object.fromEntries(
    Object.entries(windows).map(([name, meaning]) => [names.get(name) ?? name, meaning]),
  );
}
