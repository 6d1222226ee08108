import { getTableColumns, getTableName } from "drizzle-orm";
import { coreTables } from "../../db/tables/index.js";

/**
 * What becomes of a column of text when a person is erased:
 * - `own`: asof's own words, ids, hashes, and names out of definitions. Nobody is named there.
 * - `goes`: its row is deleted by the person's key, or is worked out again.
 * - `scrubbed`: written by people, clients or of data. It is searched, and the person is taken out.
 * - `listed`: what things are called, and records that are never changed. It is searched, and the report says how many name the person.
 * - `blanked`: of a log whose entries hash each other. A text that names the person goes whole, its hash stays.
 */
type Fate = "own" | "goes" | "scrubbed" | "listed" | "blanked";

type Tables = typeof coreTables;
type KeptAs = "PgText" | "PgJson" | "PgJsonb" | "PgArray";
type TextColumn<Table extends Tables[keyof Tables]> = {
  [Column in keyof Table["_"]["columns"]]: Table["_"]["columns"][Column] extends {
    _: { columnType: KeptAs };
  }
    ? Column
    : never;
}[keyof Table["_"]["columns"]];

/** Every column of text that asof's own tables have: one that is forgotten here does not compile. */
const FATES = {
  experiments: { name: "listed", tags: "scrubbed", actor: "listed" },
  runs: {
    ...{
      kind: "own",
      status: "own",
      actor: "listed",
      attributes: "own",
      git_commit: "own",
      trace_parent: "own",
    },
    ...{
      params: "scrubbed",
      error: "scrubbed",
      environment: "scrubbed",
      result: "scrubbed",
      validation: "scrubbed",
    },
    ...{ name: "scrubbed", tags: "scrubbed", note: "scrubbed", inputs: "scrubbed", request_id: "scrubbed" },
  },
  runSteps: { name: "own", status: "own" },
  runEvents: { kind: "own", type: "own", status: "own", step: "own", message: "scrubbed", data: "scrubbed" },
  runMetrics: { name: "own" },
  // The names of all series.
  runLatestMetrics: { name: "listed" },
  artifactBlobs: { sha256: "own", place: "own" },
  artifactObjects: { place: "own", state: "own" },
  artifactPieces: {},
  artifactUploads: {},
  artifacts: { name: "listed", media_type: "own", sha256: "own" },
  snapshots: { content_sha256: "own", definitions_sha256: "own", views: "own", sources: "own" },
  snapshotParts: { name: "own", columns: "own", content_sha256: "own" },
  snapshotWithdrawals: { actor: "listed", reason: "listed" },
  snapshotDrops: { actor: "listed" },
  featureProfiles: { part: "own", column_name: "own", profile: "goes" },
  driftComparisons: { before_column: "own", after_column: "own", part: "own", comparison: "goes" },
  partDifferences: { part: "own", columns_sha256: "own", difference: "goes" },
  onlineViews: { view: "own" },
  onlineCopyQueue: { keys: "goes" },
  models: { name: "listed", description: "scrubbed", described_by: "listed", tags: "scrubbed", kind: "own" },
  modelVersions: {
    ...{ model: "own", stage: "own", algorithm: "own", sha256: "own", trained_snapshots: "own" },
    ...{ imported_from: "own" },
    ...{ source: "listed", signature: "listed", description: "scrubbed", tags: "scrubbed" },
  },
  canaries: {
    ...{ model: "own", stop_rule: "own", outcome: "own" },
    ...{ started_by: "listed", ended_by: "listed", reason: "scrubbed" },
  },
  modelAliases: { model: "own", alias: "listed", actor: "listed" },
  stageTransitions: {
    ...{ model: "own", from_stage: "own", to_stage: "own" },
    ...{ actor: "listed", reason: "listed", gates: "listed" },
  },
  registryChanges: { model: "own", actor: "listed", message: "scrubbed" },
  loggedModels: {
    ...{ name: "scrubbed", model_type: "scrubbed", params: "scrubbed", tags: "scrubbed" },
    ...{ status: "own", actor: "listed" },
  },
  loggedModelFiles: { name: "listed", media_type: "own", sha256: "own" },
  modelVersionFiles: { name: "listed", media_type: "own", sha256: "own" },
  loggedModelMetrics: { name: "listed", dataset_name: "scrubbed", dataset_digest: "scrubbed" },
  runModels: { role: "own" },
  quarantinedRows: { source: "own", key: "goes", reasons: "goes", row: "goes" },
  predictionLog: {
    arm: "own",
    ...{ model: "own", key: "goes", features_sha256: "own", features: "goes", request: "goes" },
    ...{
      class: "goes",
      class_probabilities: "goes",
      shadow_class: "goes",
      shadow_class_probabilities: "goes",
    },
  },
  apiTokens: {
    name: "listed",
    person: "listed",
    role: "own",
    model_roles: "own",
    protocol_roles: "own",
    created_by: "listed",
  },
  apiTokenUses: {},
  rateLimits: {},
  deliveries: { name: "listed", scheme: "own", files: "listed" },
  deliveryScan: { problem: "scrubbed" },
  eventDeliveries: { source: "own" },
  eventArrivals: {},
  eventDrops: { source: "own", actor: "listed" },
  snapshotWindows: { source: "own" },
  deploymentRow: { name: "own", min_release: "own" },
  erasures: { entity: "own", actor: "listed", reason: "listed" },
  erasureLifts: { actor: "listed", reason: "listed" },
  erasureKeys: { entity: "own", key: "goes" },
  erasureSecret: {},
  erasureCounts: { place: "own" },
  erasureArtifacts: { name: "listed", sha256: "own" },
  erasedRows: { part: "own" },
  schedules: {
    ...{ name: "listed", cron: "own", timezone: "own", kind: "own", params: "listed", actor: "listed" },
  },
  scheduleFirings: { name: "own", error: "scrubbed" },
  lakeFiles: { lake: "own", path: "own", part: "own", sha256: "own" },
  auditLog: {
    ...{ actor: "listed", role: "own", request_id: "listed", action: "own", subject: "listed" },
    ...{ outcome: "own", code: "own", details: "blanked" },
  },
  lineageCursors: { name: "own", problem: "scrubbed" },
  alertRules: { name: "listed", triggers: "own", channel: "own", options: "listed", actor: "listed" },
  alertCursors: { name: "own" },
  alertConditions: { rule: "own", event: "own", subject: "own", message: "scrubbed" },
  alertDeliveries: {
    ...{ rule: "own", event: "own", key: "own", channel: "own", state: "own" },
    ...{ message: "scrubbed", last_error: "scrubbed" },
  },
} as const satisfies { [Name in keyof Tables]: { [Column in TextColumn<Tables[Name]>]: Fate } };

/** A column as SQL knows it. */
export interface KeptText {
  name: string;
  isJson: boolean;
  notNull: boolean;
}

export interface TableTexts {
  table: string;
  columns: KeptText[];
}

/** The columns of this fate, by table; of tables that have any. */
export function textsThatAre(fate: Fate): TableTexts[] {
  return Object.entries(FATES as Record<keyof Tables, Readonly<Record<string, Fate>>>).flatMap(
    ([name, fates]) => {
      const table = coreTables[name as keyof Tables];
      const columns = Object.values(getTableColumns(table))
        .filter((column) => fates[column.name] === fate)
        .map((column) => ({
          name: column.name,
          isJson: column.getSQLType().startsWith("json"),
          notNull: column.notNull,
        }));
      return columns.length > 0 ? [{ table: getTableName(table), columns }] : [];
    },
  );
}
