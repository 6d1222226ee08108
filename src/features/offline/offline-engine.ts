import type { Client, Pool, Queryable } from "../../db/pool.js";
import type { PartColumn, PartsByName, SnapshotPart } from "../../db/snapshots/snapshot-parts.js";
import type { ColumnType, ColumnValue } from "../../definitions/language/column.js";
import type { Deployment, FeatureService } from "../../definitions/language/deployment.js";
import type { ParentLink } from "../../definitions/language/entities.js";
import type { ColumnProfile } from "../column-profile.js";
import type { ExportMonth, ExportRow } from "../export-rows.js";
import type { FeatureSelection } from "../feature-selection.js";
import type { ReadView } from "../parent-keys.js";
import type { PinnedColumn } from "../pinned-columns.js";
import type { EntityRow } from "../types.js";
import type { NO_PART, ViewRow } from "../view-rows.js";
import type { Lake } from "./lake/lake.js";

export type DatedRow = EntityRow & { asOf: string };
/** Per view the row that was found; `NO_PART` where no snapshot up to the date was made with the view's source. */
export type PointInTimeRows = (ViewRow | typeof NO_PART | null)[];

export interface PointInTime {
  /**
   * One list of view rows per asked row, in their order.
   * @param views whose rows are read, in this order, all about the entity whose keys are asked for; absent: all there are
   */
  read(rows: readonly DatedRow[], views?: readonly ReadView[]): Promise<PointInTimeRows[]>;
}

/** What engines over the lake are set up with. */
export interface OfflineSettings {
  /** Null: there is none, and only PostgreSQL reads. */
  readonly lake: Lake | null;
  /** What one join may hold in memory, as `1GB`; the rest is on disk. */
  readonly memory: string;
  /** What starts a job of Spark: the program, and its master. */
  readonly sparkSubmit: string;
  readonly sparkMaster: string;
}

/** What a join of any number of rows works with. */
export interface JoinResources {
  readonly pool: Pool;
  readonly definitions: Deployment;
  readonly offline: OfflineSettings;
  /** A folder of its own, for what does not fit into memory; whoever made it removes it. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  log(message: string): Promise<void>;
}

/** Some of the asked rows, and what was found for each. */
export interface JoinedRows {
  rows: readonly DatedRow[];
  found: readonly PointInTimeRows[];
}

/** Of an engine that reads the lake. */
export interface LakeEngine {
  /** Of each part its content hash, of its rows as its files in the lake have them. */
  hash(parts: readonly FiledPart[], settings: OfflineSettings): Promise<string[]>;
}

/** A part as the lake has it. */
export interface FiledPart {
  part: SnapshotPart;
  /** The key's column. */
  key: string;
  /** On this machine. */
  files: readonly string[];
  /** What erased rows of it have left, which counts as they did. */
  erased: readonly ErasedHash[];
}

export interface ErasedHash {
  bucket: number;
  /** In hex. */
  sha256: string;
}

export interface TrainingRow {
  key: string;
  /** In the order of the features asked. */
  values: ColumnValue[];
  /** Of a label column of texts its text. */
  label: boolean | number | string;
  /** NaN where it is empty, or has no row; 1 where rows do not weigh. */
  weight: number;
}

/** From the rows of an entity to those of a source about it, or about one it belongs to. */
export interface SourcePath {
  links: readonly ParentLink[];
  /** The key's column in the source. */
  key: string;
}

/** Pinned columns of the parts that two snapshots have. */
export interface TrainingQuery {
  /** The column of the label's key. */
  key: string;
  /** Of each source of a feature how a row of the label leads to its rows. */
  pathOf(source: string): SourcePath;
  featureParts: PartsByName;
  labelParts: PartsByName;
  features: readonly PinnedColumn[];
  label: PinnedColumn;
  /** What rows weigh, of the label's source or of the features' snapshot; no row is left out for it. Null: they count the same. */
  weight: PinnedColumn | null;
}

export interface ExportQuery {
  deployment: Deployment;
  service: FeatureService;
  features: readonly string[];
  months: readonly ExportMonth[];
  /** Of the months' snapshots. */
  parts: ReadonlyMap<number, PartsByName>;
}

/** A column that both sides have. Both are kept under today's name: what was moved away from it is not declared. */
export interface CommonColumn {
  name: string;
  type: ColumnType;
}

/** One source's parts in two snapshots. */
export interface Sides {
  from: SnapshotPart;
  to: SnapshotPart;
}

/** Users; `features` by the columns' places: those of both sides whose value differs. */
export interface Changes {
  added: number;
  removed: number;
  changed: number;
  unchanged: number;
  features: number[];
}

/** Rows of one bucket on each side: of a decile, of a value (`=value`), or of the empty ones. */
export interface Bucket {
  bucket: string;
  before: number;
  after: number;
}

/**
 * Whatever reads rows of snapshots by the set: one record an engine. Which snapshots hold as of when is the catalogue's to
 * say (`effective-snapshots.ts`), for every engine alike. All engines give the same rows, in key order, and the same hashes.
 */
export interface OfflineEngine {
  readonly name: string;
  /** For docs/extending/offline-engine.md. */
  readonly description: string;
  /** The join of docs/point-in-time.md. */
  pointInTime(db: Queryable, deployment: Deployment): PointInTime;
  /**
   * The same join of any number of rows, in their order: what a run that joins a file asks. Views and those of what the rows
   * belong to, level by level; `found` has them in the places that the levels name.
   */
  join(
    on: JoinResources,
    asked: AsyncIterable<DatedRow[]>,
    levels: FeatureSelection["levels"],
  ): AsyncGenerator<JoinedRows, void, undefined>;
  /** Null: it reads the database's own tables. */
  readonly lake: LakeEngine | null;
  /**
   * The training set, streamed. Who has no label, or no row in some part, is left out: `predict` would refuse him too.
   */
  training(pool: Pool, query: TrainingQuery): AsyncGenerator<TrainingRow[], void, undefined>;
  /** Users with a label. */
  countLabelled(db: Queryable, query: Pick<TrainingQuery, "key" | "labelParts" | "label">): Promise<number>;
  /** One CSV over all months, as docs/export.md has it. @param write called with the file's bytes, in order; awaited */
  exportCsv(
    pool: Pool,
    query: ExportQuery,
    write: (bytes: Uint8Array) => Promise<void>,
    onRows: (count: number) => void,
  ): Promise<void>;
  /** The same rows as values. */
  exportRows(pool: Pool, query: ExportQuery): AsyncGenerator<ExportRow, void, undefined>;
  changes(db: Queryable, key: string, columns: readonly CommonColumn[], sides: Sides): Promise<Changes>;
  /** A numeric column by so many quantiles of `from`, another by its values. */
  buckets(db: Queryable, column: CommonColumn, sides: Sides, quantiles: number): Promise<Bucket[]>;
  /** Of these columns of the part, in their order: counts, moments, quantiles and a histogram, or the commonest values. */
  profile(tx: Client, part: SnapshotPart, columns: readonly PartColumn[]): Promise<ColumnProfile[]>;
  /** The part's content hash, of its rows as they are now (docs/point-in-time.md, second edition). */
  hash(tx: Client, key: string, part: SnapshotPart): Promise<string>;
}
