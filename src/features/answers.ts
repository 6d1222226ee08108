import type { Entity, FeatureView } from "../definitions/language/deployment.js";
import type { FeatureSelection } from "./feature-selection.js";
import type { PointInTimeRows } from "./offline/offline-engine.js";
import type { FeatureState, FeatureStatus, UserFeatures } from "./types.js";
import { NO_PART, type ViewRow } from "./view-rows.js";

const DAY_SECONDS = 86_400;

/** The statuses of a view's values of one event time. They are the same for every user, so they are made once and shared. */
interface RowStatuses {
  present: readonly FeatureStatus[];
  empty: readonly FeatureStatus[];
  undeclared: readonly FeatureStatus[];
  /** Instead of both, where the row is older than the view's ttl. */
  expired: readonly FeatureStatus[] | null;
}

/** Answers of one instant, or as of one date, from what a store found. */
export class Answers {
  readonly #entity: Entity;
  readonly #views: readonly {
    view: FeatureView;
    places: readonly number[];
    notFound: readonly FeatureStatus[];
    noPart: readonly FeatureStatus[];
    /** Of what the view serves no longer, where the answer is about now. */
    retired: readonly FeatureStatus[];
    byEventTime: Map<string, RowStatuses>;
  }[];
  /** Values asked for so far, and how many of them were there. */
  requested = 0;
  present = 0;

  /** @param asOf the asked date, from which a ttl counts; null: it counts from `now` */
  constructor(
    { entity, views, places }: FeatureSelection,
    private readonly asOf: string | null,
    private readonly now: number,
  ) {
    this.#entity = entity;
    this.#views = views.map((view, index) => ({
      view,
      places: places[index]!,
      notFound: statusesOf(view, "NOT_FOUND", null, null),
      noPart: statusesOf(view, "NOT_DECLARED", null, null),
      retired:
        asOf === null && places[index]!.length === view.features.length
          ? statusesOf({ ...view, features: view.retired }, "NOT_DECLARED", null, null)
          : [],
      byEventTime: new Map(),
    }));
  }

  /** @param found the user's row of each of the selection's views, in their order */
  of(key: string, found: PointInTimeRows): UserFeatures {
    const values: UserFeatures["values"] = {};
    const statuses: FeatureStatus[] = [];
    for (let v = 0; v < this.#views.length; v++) {
      const { view, places, notFound, noPart, retired } = this.#views[v]!;
      const row = found[v] ?? null;
      const ofRow = row === null || row === NO_PART ? null : this.#statusesAt(v, row.eventTime);
      for (const place of places) {
        const name = view.features[place]!;
        if (ofRow === null || ofRow.expired) {
          values[name] = null;
          statuses.push((ofRow?.expired ?? (row === NO_PART ? noPart : notFound))[place]!);
          continue;
        }
        const { values: held, undeclared } = row as ViewRow;
        const value = held[place]!;
        values[name] = value;
        if (value !== null) {
          this.present++;
          statuses.push(ofRow.present[place]!);
        } else statuses.push((undeclared?.[place] ? ofRow.undeclared : ofRow.empty)[place]!);
      }
      for (const status of retired) {
        values[status.name] = null;
        statuses.push(status);
      }
    }
    this.requested += statuses.length;
    return { entity: this.#entity, key, asOf: this.asOf, values, statuses };
  }

  #statusesAt(v: number, eventTime: string): RowStatuses {
    const { view, byEventTime } = this.#views[v]!;
    const known = byEventTime.get(eventTime);
    if (known) return known;
    const at = this.asOf === null ? this.now : Date.parse(this.asOf);
    const ageSeconds = (at - Date.parse(eventTime)) / 1000;
    const expired = view.ttlDays !== undefined && ageSeconds > view.ttlDays * DAY_SECONDS;
    const all = (status: FeatureState) => statusesOf(view, status, eventTime, ageSeconds);
    const made = expired
      ? { present: [], empty: [], undeclared: [], expired: all("OUTSIDE_MAX_AGE") }
      : {
          present: all("PRESENT"),
          empty: all("NULL_VALUE"),
          undeclared: all("NOT_DECLARED"),
          expired: null,
        };
    byEventTime.set(eventTime, made);
    return made;
  }
}

function statusesOf(
  { name: view, features, ttlDays }: FeatureView,
  status: FeatureState,
  eventTime: string | null,
  ageSeconds: number | null,
): FeatureStatus[] {
  const ttlSeconds = ttlDays === undefined ? null : ttlDays * DAY_SECONDS;
  return features.map((name) => ({ name, view, status, eventTime, ageSeconds, ttlSeconds }));
}
