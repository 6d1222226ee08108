import type { Cadence } from "./cadence.js";
import type { Column } from "./column.js";
import type { Entity } from "./entity.js";
import type { Expectation, ExpectationOf } from "./expectation.js";
import { type HandlesOf, withHandles } from "./expression/handles.js";
import type { FileReading } from "./file-reading.js";
import type { Origin } from "./origin.js";
import { type EventReading, requiredOfEvents } from "./windows/event-source.js";
import type { WindowFeature } from "./windows/window.js";

/** One file a delivery (`<name>.csv`) and one live table of the same name, or, of events, one history. */
export interface Source extends FileReading, EventReading, Cadence {
  readonly name: string;
  /** What its rows are about; may be left out where the deployment has one entity. */
  readonly of?: Entity;
  /** Where its data comes from: `files("s3://bucket/prefix")`, `sql("WAREHOUSE_URL", "select …")`; DATA_DIR unless given. */
  readonly from?: Origin;
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
  /** Of a window view: no file delivers its rows, they are computed of those of another source. */
  readonly computedFrom?: Computed;
  readonly description?: string;
}

/** What is computed of the events of a source, as of each snapshot's date. */
export interface Computed {
  /** The events. */
  readonly source: Source;
  readonly windows: Readonly<Record<string, WindowFeature>>;
}

/**
 * A source whose columns are known to the compiler: a view or a label that misspells one does not compile. Each is there by
 * its name, for expressions, requests and tasks: `orders.amount`.
 */
type SourceOf<Columns extends Source["columns"]> = Omit<Source, "columns"> & {
  readonly columns: Columns;
} & HandlesOf<Columns, Source>;

/** Of a source that says which entity it is about, the compiler knows that it does. */
type About<Of> = Of extends Entity ? { readonly of: Of } : unknown;

/** What of a source may be left out, or is written in another way than it is read. */
type SourceOptions<
  Columns extends Source["columns"],
  Retired extends string,
  Of extends Entity | undefined,
> = Omit<
  Source,
  | "name"
  | "of"
  | "columns"
  | "expectations"
  | "version"
  | "retired"
  | "renamed"
  | "computedFrom"
  | keyof EventReading
> &
  EventReading<NoInfer<keyof Kept<Columns, Retired> & string>> & {
    of?: Of;
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

export const source = <
  const Columns extends Source["columns"],
  const Retired extends string = never,
  const Of extends Entity | undefined = undefined,
>(
  name: string,
  { columns, version = 1, retired = {}, renamed = {}, ...options }: SourceOptions<Columns, Retired, Of>,
): SourceOf<Kept<Columns, Retired>> & About<Of> => {
  const names = isList(retired) ? retired : Object.keys(retired);
  const former = isList(retired) ? {} : retired;
  const kept = Object.entries(requiredOfEvents(columns, options)).filter(
    ([column]) => !(names as readonly string[]).includes(column),
  );
  const declared = {
    name,
    columns: Object.fromEntries(kept),
    ...options,
    version,
    retired: Object.fromEntries(names.map((column) => [column, columns[column] ?? former[column] ?? null])),
    renamed,
  };
  const leafOf = (column: string) => ({ op: "column", source: name, name: column }) as const;
  return withHandles(declared, declared.columns, leafOf) as unknown as SourceOf<Kept<Columns, Retired>> &
    About<Of>;
};

const isList = <T>(value: readonly T[] | object): value is readonly T[] => Array.isArray(value);
