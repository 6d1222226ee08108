import type { Column } from "./column.js";
import { type HandlesOf, withHandles } from "./expression/handles.js";
import { camelCase } from "./names.js";
import type { Source } from "./source.js";
import type { WindowColumn, WindowFeature, WindowOf } from "./windows/window.js";
import { computedSource } from "./windows/window-columns.js";

/** Features of one source that are snapshotted, materialized and served together. */
export interface FeatureView {
  readonly name: string;
  /** Of window features: the view's own computed rows, as a source (`computedFrom` has the events). */
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

/** One feature with what is derived from its view and column. */
export interface Feature {
  readonly name: string;
  /** GraphQL's name: `watch_hours_30d` -> `watchHours30d`. */
  readonly field: string;
  readonly column: Column;
  readonly view: FeatureView;
}

/** Some of a view's features, for a service that takes no others of it. */
export interface PickedFeatures {
  readonly kind: "picked";
  readonly view: FeatureView;
  readonly features: readonly string[];
}

/** A view whose features are known to the compiler, each by its name, as expressions name it. */
type ViewOf<Columns extends Source["columns"]> = FeatureView &
  HandlesOf<Columns, FeatureView> & {
    /** Of the view's features these alone. */
    pick(...features: [keyof Columns & string, ...(keyof Columns & string)[]]): PickedFeatures;
  };

/** What of a view may be left out. */
type ViewOptions<Feature extends string> = Omit<
  FeatureView,
  "name" | "source" | "features" | "version" | "retired" | "renamed"
> & {
  version?: number;
  retired?: readonly string[];
  renamed?: Readonly<Record<string, NoInfer<Feature>>>;
};

type Windows = Readonly<Record<string, WindowFeature>>;
/** Windows whose columns the source does not have, or cannot compute so, do not compile. */
type FeaturesOf<From extends Source, Features> = Features extends Windows
  ? { readonly [Name in keyof Features]: WindowOf<From["columns"], Features[Name]> }
  : unknown;
type NamesOf<Features> = Features extends readonly string[] ? Features[number] : keyof Features & string;
/** What the features are: columns of the source, or what is computed of them. */
type ColumnsOf<From extends Source, Features> = Features extends readonly string[]
  ? { readonly [Name in Features[number]]: From["columns"][Name] }
  : { readonly [Name in keyof Features & string]: WindowColumn<From["columns"], Features[Name]> };

/**
 * A view of state names columns of its source. A view of windows says what is computed of the events of its source, as of each
 * snapshot's date.
 */
export function featureView<
  const From extends Source,
  const Features extends readonly (keyof From["columns"] & string)[] | Windows,
>(
  name: string,
  {
    version = 1,
    retired = [],
    renamed = {},
    source: delivered,
    features: declared,
    ...options
  }: ViewOptions<NamesOf<Features>> & { source: From; features: Features & FeaturesOf<From, Features> },
): ViewOf<ColumnsOf<From, Features>> {
  const isState = isListOfNames(declared);
  const source = isState
    ? delivered
    : computedSource(name, version, { source: delivered, windows: declared });
  const features = isState ? declared : Object.keys(declared);
  const view: FeatureView = { name, source, features, ...options, version, retired, renamed };
  const columns = featuresOf([view]).flatMap((feature) =>
    feature.column ? [[feature.name, feature.column]] : [],
  );
  const leafOf = (feature: string) => ({ op: "feature", view: name, name: feature }) as const;
  const pick = (...picked: string[]): PickedFeatures => ({ kind: "picked", view, features: picked });
  // Listed, copied and hashed are what is declared of it. Before the handles: a feature may be called `pick`, too.
  Object.defineProperty(view, "pick", { value: pick });
  return withHandles(view, Object.fromEntries(columns), leafOf) as ViewOf<ColumnsOf<From, Features>>;
}

const isListOfNames = (features: readonly string[] | Windows): features is readonly string[] =>
  Array.isArray(features);

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
