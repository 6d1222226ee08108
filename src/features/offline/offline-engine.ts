import type { Client, Pool, Queryable } from "../../db/pool.js";
import type { PartColumn, PartsByName, SnapshotPart } from "../../db/snapshots/snapshot-parts.js";
import type { ColumnType, ColumnValue } from "../../definitions/language/column.js";
import type { Deployment, FeatureService, FeatureView } from "../../definitions/language/deployment.js";
import type { ColumnProfile } from "../column-profile.js";
import type { ExportMonth, ExportRow } from "../export-rows.js";
import type { PinnedColumn } from "../pinned-columns.js";
import type { EntityRow } from "../types.js";
import type { NO_PART, ViewRow } from "../view-rows.js";

export type DatedRow = EntityRow & { asOf: string };
/** Per view the row that was found; `NO_PART` where no snapshot up to the date was made with the view's source. */
export type PointInTimeRows = (ViewRow | typeof NO_PART | null)[];

export interface PointInTime {
  /**
   * One list of view rows per asked row, in their order.
   * @param views whose rows are read, in this order; absent: all
   */
  read(rows: readonly DatedRow[], views?: readonly FeatureView[]): Promise<PointInTimeRows[]>;
}

export interface TrainingRow {
  key: string;
  /** In the order of the features asked. */
  values: ColumnValue[];
  label: boolean | number;
}

/** Pinned columns of the parts that two snapshots have. */
export interface TrainingQuery {
  /** The key's column. */
  key: string;
  featureParts: PartsByName;
  labelParts: PartsByName;
  features: readonly PinnedColumn[];
  label: PinnedColumn;
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
