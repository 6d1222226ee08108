import { createHash } from "node:crypto";
import { TASKS, taskOfLabel } from "../../values/task.js";
import { checkEvolution } from "./check-evolution.js";
import type { Column, ColumnType } from "./column.js";
import { checkDriftPolicy, type DriftPolicy } from "./drift-policy.js";
import type { Expectation, ExpectationOf } from "./expectation.js";
import { checkFileReading, type FileReading } from "./file-reading.js";
import { checkGates, type Gates } from "./gates.js";
import { rowProblem } from "./row-size.js";

/** What rows are about: every source, view and prediction is keyed by it. */
export interface Entity {
  readonly name: string;
  /** The key's column in every file, table and JSON body. */
  readonly key: string;
  readonly description?: string;
}

/** One file a delivery (`<name>.csv`) and one live table of the same name. */
export interface Source extends FileReading {
  readonly name: string;
  /** What a file holds, but for the key and what is retired. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Raised by one with each change of a column's type; 1 unless given. */
  readonly version: number;
  /** Columns that files hold no longer: history keeps them. Null: its type is known to the migrations alone. */
  readonly retired: Readonly<Record<string, Column | null>>;
  /** Former name to the name it has now. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Beside those that the columns declare themselves. */
  readonly expectations?: readonly Expectation[];
  /** What a row that breaks an expectation of severity ERROR keeps out: the whole delivery (`fail`, the default), or itself. */
  readonly onInvalid?: "fail" | "quarantine";
  /** Where rows are quarantined: the share of the file's rows, 0 to 1, above which the delivery fails all the same. */
  readonly maxQuarantinedShare?: number;
  readonly description?: string;
}

/** Features of one source that are snapshotted, materialized and served together. */
export interface FeatureView {
  readonly name: string;
  readonly source: Source;
  /** Columns of the source, in serving order. */
  readonly features: readonly string[];
  /** Raised by one with each change of a feature's type or of the view's source; 1 unless given. */
  readonly version: number;
  /** Features that are served no longer: history keeps them. */
  readonly retired: readonly string[];
  /** Former name to the name it has now. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Values older than this are never served; absent: they do not expire. */
  readonly ttlDays?: number;
  /** A warning is logged when the newest values are older than this share of the ttl; 0.8 unless given. */
  readonly warnAtTtlShare?: number;
  readonly description?: string;
}

/** The features one model is trained on and served with, and the label it learns. Its name is the model's. */
export interface FeatureService {
  readonly name: string;
  readonly views: readonly FeatureView[];
  readonly label: { readonly source: Source; readonly column: string };
  readonly gates: Gates;
  /** Absent: drift is reported, nothing follows from it. */
  readonly driftPolicy?: DriftPolicy;
  readonly description?: string;
}

export interface Deployment {
  /** Whose data a database holds. */
  readonly name: string;
  /** The folder of its migrations; absent: `drizzle/<name>` of the program. */
  readonly migrations?: string;
  readonly entity: Entity;
  /** The source that has one row for every entity; all other sources' keys must be known to it. */
  readonly entitySource: Source;
  readonly sources: readonly Source[];
  readonly views: readonly FeatureView[];
  readonly services: readonly FeatureService[];
  /** Views and sources that are declared no longer, by name: their tables stay, and so does their history. */
  readonly retiredViews: readonly string[];
  readonly retiredSources: readonly string[];
  /** What the mutation `applyRetention` drops unless it is told; absent: everything is kept. */
  readonly retention?: Retention;
}

/** As it is written: a deployment without a name is `default`. */
export type DeploymentParts = Omit<Deployment, "name" | "retiredViews" | "retiredSources"> &
  Partial<Pick<Deployment, "name" | "retiredViews" | "retiredSources">>;

/** Which dates of snapshots keep their rows: the newest n calendar months, or those from a date on. */
export type Retention = { readonly keepMonths: number } | { readonly until: string };

/** One feature with what is derived from its view and column. */
export interface Feature {
  readonly name: string;
  /** GraphQL's name: `watch_hours_30d` -> `watchHours30d`. */
  readonly field: string;
  readonly column: Column;
  readonly view: FeatureView;
}

export const entity = (name: string, options: Omit<Entity, "name">): Entity => ({ name, ...options });
/** A source whose columns are known to the compiler: a view or a label that misspells one does not compile. */
type SourceOf<Columns extends Source["columns"]> = Omit<Source, "columns"> & { readonly columns: Columns };

/** What of a source may be left out, or is written in another way than it is read. */
type SourceOptions<Columns extends Source["columns"], Retired extends string> = Omit<
  Source,
  "name" | "columns" | "expectations" | "version" | "retired" | "renamed"
> & {
  columns: Columns;
  expectations?: readonly ExpectationOf<Columns>[];
  version?: number;
  /** Names; one that stands in `columns`, too, keeps its type there, and is read no longer. */
  retired?: readonly Retired[] | Source["retired"];
  renamed?: Readonly<Record<string, NoInfer<keyof Kept<Columns, Retired> & string>>>;
};

/** The columns that are not retired; all of them where the names are not known to the compiler. */
type Kept<Columns extends Source["columns"], Retired extends string> = string extends Retired
  ? Columns
  : { readonly [Name in Exclude<keyof Columns & string, Retired>]: Columns[Name] };

export const source = <const Columns extends Source["columns"], const Retired extends string = never>(
  name: string,
  { columns, version = 1, retired = {}, renamed = {}, ...options }: SourceOptions<Columns, Retired>,
): SourceOf<Kept<Columns, Retired>> => {
  const names = isList(retired) ? retired : Object.keys(retired);
  const former = isList(retired) ? {} : retired;
  const kept = Object.entries(columns).filter(([column]) => !(names as readonly string[]).includes(column));
  return {
    name,
    columns: Object.fromEntries(kept) as unknown as Kept<Columns, Retired>,
    ...options,
    version,
    retired: Object.fromEntries(names.map((column) => [column, columns[column] ?? former[column] ?? null])),
    renamed,
  };
};

const isList = <T>(value: readonly T[] | object): value is readonly T[] => Array.isArray(value);

export const featureView = <const From extends Source, const Feature extends keyof From["columns"] & string>(
  name: string,
  {
    version = 1,
    retired = [],
    renamed = {},
    ...options
  }: Omit<FeatureView, "name" | "source" | "features" | "version" | "retired" | "renamed"> & {
    source: From;
    features: readonly Feature[];
    version?: number;
    retired?: readonly string[];
    renamed?: Readonly<Record<string, NoInfer<Feature>>>;
  },
): FeatureView => ({ name, ...options, version, retired, renamed });

export const featureService = <const From extends Source>(
  name: string,
  options: Omit<FeatureService, "name" | "label"> & {
    label: { source: From; column: keyof From["columns"] & string };
  },
): FeatureService => ({ name, ...options });

/**
 * Checks the parts against each other and returns them as one deployment.
 * @throws {Error} a definition contradicts itself; the message names it
 */
export function deployment({
  name = "default",
  retiredViews = [],
  retiredSources = [],
  ...declared
}: DeploymentParts): Deployment {
  const parts: Deployment = { ...declared, name, retiredViews, retiredSources };
  if (!IDENTIFIER.test(name) || RESERVED_NAMES.includes(name)) {
    const of = RESERVED_NAMES.includes(name) ? " that is not core, legacy or meta" : "";
    throw new Error(
      `deployment ${JSON.stringify(name)}: use a lower_snake_case name of at most 41 characters${of}`,
    );
  }
  checkNames(parts);
  for (const source of parts.sources) {
    checkSource(parts, source);
    checkQuarantine(source);
    checkFileReading(parts.entity.key, source);
  }
  if (!parts.sources.includes(parts.entitySource)) {
    throw new Error(`entity source ${parts.entitySource.name}: it is not listed in sources`);
  }
  checkViews(parts);
  checkEvolution(parts);
  for (const service of parts.services) checkService(parts, service);
  if (parts.retention) checkRetention(parts.retention);
  return parts;
}

function checkQuarantine({ name, onInvalid, maxQuarantinedShare: share }: Source): void {
  if (share === undefined) return;
  if (onInvalid !== "quarantine") {
    throw new Error(`source ${name}: maxQuarantinedShare needs onInvalid: "quarantine"`);
  }
  if (share > 0 && share <= 1) return;
  throw new Error(`source ${name}: maxQuarantinedShare ${share} must be above 0 and at most 1`);
}

function checkRetention(retention: Retention): void {
  if ("keepMonths" in retention) {
    if (Number.isInteger(retention.keepMonths) && retention.keepMonths >= 1) return;
    throw new Error(`retention: keepMonths ${retention.keepMonths} must be a whole number, 1 or more`);
  }
  const date = new Date(`${retention.until}T00:00:00Z`);
  if (!Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === retention.until) return;
  throw new Error(`retention: until ${JSON.stringify(retention.until)} must be a date such as "2024-01-31"`);
}

/** Folders of drizzle/ beside those of deployments. */
const RESERVED_NAMES = ["core", "legacy", "meta"];
const IDENTIFIER = /^[a-z][a-z0-9_]{0,40}$/;
/** Columns that asof adds to tables of its own making. */
const RESERVED_COLUMNS = [
  ...["as_of", "snapshot_id", "line"],
  ...["push_id", "pushed_features", "pushed_at", "pushed_by"],
];
/** Columns that every table of PostgreSQL has of its own. */
const SYSTEM_COLUMNS = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
/** Names that no declared column can have. */
export const TAKEN_COLUMNS: readonly string[] = [...RESERVED_COLUMNS, ...SYSTEM_COLUMNS];
/** Tables that are there whatever is declared. */
const RESERVED_TABLES = [
  ...["api_tokens", "run_latest_metrics", "models", "model_versions", "model_aliases", "prediction_log"],
  ...["runs", "run_steps", "run_events", "run_metrics", "artifacts", "artifact_blobs"],
  ...["artifact_pieces", "snapshots", "snapshot_parts", "snapshot_withdrawals"],
  ...["run_schedules", "run_schedule_firings"],
  ...["snapshot_drops", "quarantined_rows", "online_copy_queue", "feature_profiles", "drift_comparisons"],
  ...["online_views", "stage_transitions", "asof_migrations"],
  ...[
    "api_token_uses",
    "deliveries",
    "delivery_scan",
    "asof_deployment",
    "asof_core_migrations",
    "asof_deployment_migrations",
    "asof_legacy_migrations",
  ],
];
/** Fields the GraphQL type of an entity has beside its key and its columns. */
const RESERVED_ENTITY_FIELDS = ["features", "prediction"];

function checkNames({ entity, sources, views, services }: Deployment): void {
  for (const { name } of [{ name: entity.key }, ...sources, ...views, ...services]) {
    if (!IDENTIFIER.test(name)) {
      throw new Error(`definition ${JSON.stringify(name)}: use lower_snake_case of at most 41 characters`);
    }
  }
  if (RESERVED_COLUMNS.includes(entity.key)) {
    throw new Error(`entity ${entity.name}: key ${entity.key} is a column of asof's own; rename it`);
  }
  if (SYSTEM_COLUMNS.includes(entity.key)) {
    throw new Error(`entity ${entity.name}: key ${entity.key} is a column of PostgreSQL's own; rename it`);
  }
  refuseRepeated(services, ({ name }) => `service ${name} is declared twice`);
  refuseRepeated(sources, ({ name }) => `source ${name} is declared twice`);
  refuseRepeated(views, ({ name }) => `view ${name} is declared twice`);
  // A snapshot lists its views and label sources by name.
  for (const { label } of services) {
    const { name } = label.source;
    if (views.some((view) => view.name === name))
      throw new Error(`view ${name} is named like the label source ${name}; rename one`);
  }
  const tables = [
    ...sources.map(({ name }) => ({ name, of: `source ${name}` })),
    ...sources.map(({ name }) => ({ name: `${name}_snapshots`, of: `source ${name}` })),
    ...views.flatMap(({ name }) => [
      { name: `${name}_online`, of: `view ${name}` },
      { name: `${name}_pushes`, of: `view ${name}` },
    ]),
  ];
  const owners = new Map(RESERVED_TABLES.map((name) => [name, "asof itself"]));
  for (const { name, of } of tables) {
    const other = owners.get(name);
    if (other) throw new Error(`${of}: its table ${name} is that of ${other} too; rename one`);
    owners.set(name, of);
  }
}

function checkSource({ entity, entitySource }: Deployment, source: Source): void {
  const columns = Object.entries(source.columns);
  if (columns.length === 0) throw new Error(`source ${source.name}: it has no columns`);
  const tooLarge = rowProblem(columns.map(([, column]) => column));
  if (tooLarge) throw new Error(`source ${source.name}: ${tooLarge}`);
  for (const [name, { min, max, oneOf }] of columns) {
    const refuse = (problem: string): never => {
      throw new Error(`source ${source.name}: column ${JSON.stringify(name)}: ${problem}`);
    };
    if (!IDENTIFIER.test(name)) refuse("use lower_snake_case of at most 41 characters");
    if (name === entity.key) refuse("it is the entity's key, which every source has undeclared");
    if (RESERVED_COLUMNS.includes(name)) refuse("it is a column of asof's own; rename it");
    if (SYSTEM_COLUMNS.includes(name)) refuse("it is a column of PostgreSQL's own; rename it");
    if (min !== undefined && max !== undefined && min > max) refuse(`min ${min} is above max ${max}`);
    if (oneOf?.length === 0) refuse("oneOf allows no value");
    const reserved = [...RESERVED_ENTITY_FIELDS, camelCase(entity.key)];
    if (source === entitySource && reserved.includes(camelCase(name))) {
      refuse(`${camelCase(name)} is a field every entity has in GraphQL; rename it`);
    }
  }
  refuseSameField(
    `source ${source.name}`,
    columns.map(([name]) => name),
  );
}

function checkViews({ sources, views }: Deployment): void {
  const seen = new Map<string, string>();
  for (const { name, source, features, ttlDays, warnAtTtlShare } of views) {
    if (!sources.includes(source)) {
      throw new Error(`view ${name}: its source ${source.name} is not listed in sources`);
    }
    if (features.length === 0) throw new Error(`view ${name}: it has no features`);
    if (ttlDays !== undefined && !(ttlDays > 0)) {
      throw new Error(`view ${name}: ttlDays ${ttlDays} must be above 0`);
    }
    if (warnAtTtlShare !== undefined) {
      if (ttlDays === undefined) throw new Error(`view ${name}: warnAtTtlShare needs ttlDays`);
      if (!(warnAtTtlShare > 0 && warnAtTtlShare <= 1)) {
        throw new Error(`view ${name}: warnAtTtlShare ${warnAtTtlShare} must be above 0 and at most 1`);
      }
    }
    for (const feature of features) {
      if (!Object.hasOwn(source.columns, feature)) {
        throw new Error(`view ${name}: source ${source.name} has no column ${feature}`);
      }
      const other = seen.get(feature);
      if (other === name) throw new Error(`view ${name}: feature ${feature} is in it twice`);
      if (other) throw new Error(`feature ${feature} is in two views: ${other} and ${name}`);
      seen.set(feature, name);
    }
  }
  refuseSameField("views", [...seen.keys()]);
}

function checkService({ entitySource, sources, views }: Deployment, service: FeatureService): void {
  const refuse = (problem: string): never => {
    throw new Error(`service ${service.name}: ${problem}`);
  };
  const { label, gates } = service;
  if (service.views.length === 0) refuse("it has no views");
  for (const view of service.views) {
    if (!views.includes(view)) refuse(`its view ${view.name} is not listed in views`);
  }
  if (!sources.includes(label.source))
    refuse(`its label's source ${label.source.name} is not listed in sources`);
  if (!Object.hasOwn(label.source.columns, label.column)) {
    refuse(`its label's source ${label.source.name} has no column ${label.column}`);
  }
  if (!taskOfLabel(labelTypeOf(service)))
    refuse(
      `its label ${label.column} must be a ${TASKS.map(({ labelType }) => labelType).join(" or ")} column`,
    );
  for (const { name, column, view } of featuresOf(service.views)) {
    if (column.type === "date") {
      refuse(`feature ${name} is a date; models take numbers, booleans and strings`);
    }
    if (view.source === label.source && name === label.column)
      refuse(`its label ${name} is one of its features`);
  }
  checkGates(gates, Object.keys(entitySource.columns), refuse);
  if (service.driftPolicy) checkDriftPolicy(service.driftPolicy, refuse);
}

function refuseRepeated<T extends { name: string }>(parts: readonly T[], message: (part: T) => string): void {
  const repeated = parts.find(({ name }, index) => parts.findIndex((part) => part.name === name) !== index);
  if (repeated) throw new Error(message(repeated));
}

function refuseSameField(of: string, names: readonly string[]): void {
  const nameOf = new Map<string, string>();
  for (const name of names) {
    const other = nameOf.get(camelCase(name));
    if (other)
      throw new Error(`${of}: ${other} and ${name} would both be the GraphQL field ${camelCase(name)}`);
    nameOf.set(camelCase(name), name);
  }
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Every feature of the views, in declaration order. */
export function featuresOf(views: readonly FeatureView[]): Feature[] {
  return views.flatMap((view) =>
    view.features.map((name) => ({ name, field: camelCase(name), column: view.source.columns[name]!, view })),
  );
}

/** What the views served once, where its type is on record. */
export function retiredFeaturesOf(views: readonly FeatureView[]): Feature[] {
  return views.flatMap((view) =>
    view.retired.flatMap((name) => {
      const column = view.source.columns[name] ?? view.source.retired[name];
      return column ? [{ name, field: camelCase(name), column, view }] : [];
    }),
  );
}

/** The type of the column that a service's models learn, which says what task they do. */
export const labelTypeOf = ({ label }: FeatureService): ColumnType =>
  label.source.columns[label.column]!.type;

/** The sources whose labels some service learns, once each. */
export function labelSources(deployment: Deployment): Source[] {
  return [...new Set(deployment.services.map((service) => service.label.source))];
}

/** The service of that name, which is its model's. */
export function findService(deployment: Deployment, name: string): FeatureService | undefined {
  return deployment.services.find((service) => service.name === name);
}

/** SHA-256 of what is declared of the data: two equal ones derive the same tables, checks and snapshots. */
export function deploymentSha256(deployment: Deployment): string {
  const { name: _, migrations: __, retention: ___, services, ...declared } = deployment;
  const learnt = services.map(({ gates: _, ...service }) => service);
  return createHash("sha256")
    .update(JSON.stringify({ ...declared, services: learnt }, withoutDefaults))
    .digest("hex");
}

/** What says nothing where it is left out does not count: 0.1.0 knew none of it. */
function withoutDefaults(key: string, value: unknown): unknown {
  if (key === "version" && value === 1) return undefined;
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return isEmpty && ["retired", "renamed", "retiredViews", "retiredSources"].includes(key)
    ? undefined
    : value;
}
