import type { Deployment } from "../deployment-parts.js";
import { computedSources } from "./sources-of.js";
import type { WindowFeature } from "./window.js";

/** How far back the windows of one view reach into the events of its source. */
export interface Reach {
  view: string;
  source: string;
  /** The feature that reaches furthest. */
  feature: string;
  /** Null: over all time. */
  days: number | null;
}

/** Of each view that is computed of events. */
export const reachesOfViews = (deployment: Pick<Deployment, "views">): Reach[] =>
  computedSources(deployment).map(({ name, computedFrom: { source, windows } }) => {
    const days = longestReach(Object.values(windows));
    const feature = Object.keys(windows).find((each) => windows[each]!.days === days)!;
    return { view: name, source: source.name, feature, days };
  });

/** Of each source of events that windows are computed of, the furthest that one of them reaches. */
export function reachesOfSources(deployment: Pick<Deployment, "views">): Reach[] {
  const furthest = new Map<string, Reach>();
  for (const reach of reachesOfViews(deployment)) {
    const known = furthest.get(reach.source);
    if (!known || isFurther(reach, known)) furthest.set(reach.source, reach);
  }
  return [...furthest.values()];
}

const isFurther = (a: Reach, b: Reach): boolean => (a.days ?? Infinity) > (b.days ?? Infinity);

/** Days; null where one of the windows is over all time. */
export function longestReach(windows: readonly WindowFeature[]): number | null {
  const reaches = windows.map(({ days }) => days);
  return reaches.includes(null) ? null : Math.max(...(reaches as number[]));
}
