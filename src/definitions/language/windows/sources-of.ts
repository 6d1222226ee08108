import type { Deployment } from "../deployment-parts.js";
import type { FeatureView } from "../feature-view.js";
import type { Source } from "../source.js";
import { isEventSource } from "./event-source.js";
import type { ComputedSource } from "./window-columns.js";

type Declared = Pick<Deployment, "sources" | "views">;

/** Sources of one row an entity: each has a live table, and a part of every snapshot. */
export const stateSources = ({ sources }: Pick<Deployment, "sources">): Source[] =>
  sources.filter((source) => !isEventSource(source));

/** Sources that are histories: each has a table of its events, and no part of a snapshot by itself. */
export const eventSources = ({ sources }: Pick<Deployment, "sources">): (Source & { eventTime: string })[] =>
  sources.filter(isEventSource);

export const isComputed = (source: Source): source is ComputedSource => source.computedFrom !== undefined;

/** The rows of window views: each is a part of every snapshot. */
export const computedSources = ({ views }: Pick<Deployment, "views">): ComputedSource[] =>
  views.map(({ source }) => source).filter(isComputed);

/** What snapshots have parts of: those of files first. */
export const snapshotSources = (declared: Declared): Source[] => [
  ...stateSources(declared),
  ...computedSources(declared),
];

/** The source that is delivered: a view's own, or the one its windows are computed of. */
export const deliveredSourceOf = ({ source }: Pick<FeatureView, "source">): Source =>
  source.computedFrom?.source ?? source;
