import type { Entity, FeatureView } from "../definitions/language/deployment.js";
import type { FeatureSelection } from "./feature-selection.js";
import type { PointInTimeRows } from "./offline/offline-engine.js";
import type { FeatureState, FeatureStatus, UserFeatures } from "./types.js";
import { NO_PART, type ViewRow } from "./view-rows.js";

const DAY_SECONDS = 86_400;

/** The statuses of a view's values of one event time. They are the same for every user, so each is made once, and shared. */
class ViewStatuses {
  readonly #made: Partial<Record<FeatureState, readonly FeatureStatus[]>> = {};
  /** Whether the row is older than the view's ttl. */
  readonly isExpired: boolean;

  /** @param at of a row: its event time, and how old it was when it was asked for */
  constructor(
    private readonly view: Pick<FeatureView, "name" | "features" | "ttlDays">,
    private readonly at: { eventTime: string; ageSeconds: number } | null = null,
  ) {
    const { ttlDays } = view;
    this.isExpired = at !== null && ttlDays !== undefined && at.ageSeconds > ttlDays * DAY_SECONDS;
  }

  /** @returns in the order of the view's features */
  of(status: FeatureState): readonly FeatureStatus[] {
    this.#made[status] ??= this.#make(status);
    return this.#made[status];
  }

  #make(status: FeatureState): FeatureStatus[] {
    const { name: view, features, ttlDays } = this.view;
    const { eventTime, ageSeconds } = this.at ?? { eventTime: null, ageSeconds: null };
    const ttlSeconds = ttlDays === undefined ? null : ttlDays * DAY_SECONDS;
    return features.map((name) => ({ name, view, status, eventTime, ageSeconds, ttlSeconds }));
  }
}

/** Answers of one instant, or as of one date, from what a store found. */
export class Answers {
  readonly #entity: Entity;
  readonly #views: readonly {
    view: FeatureView;
    places: readonly number[];
    /** Of whoever has no row in it. */
    without: ViewStatuses;
    /** Of what the view serves no longer, where the answer is about now. */
    retired: readonly FeatureStatus[];
    byEventTime: Map<string, ViewStatuses>;
  }[];
  /** An answer's values before any is there: a copy of it has room for all of them at once. */
  readonly #empty: UserFeatures["values"];
  readonly #count: number;
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
      without: new ViewStatuses(view),
      retired:
        asOf === null && view.retired.length > 0 && places[index]!.length === view.features.length
          ? new ViewStatuses({ ...view, features: view.retired }).of("NOT_DECLARED")
          : [],
      byEventTime: new Map(),
    }));
    const names = this.#views.flatMap(({ view, places: of, retired }) => [
      ...of.map((place) => view.features[place]!),
      ...retired.map(({ name }) => name),
    ]);
    this.#empty = Object.fromEntries(names.map((name) => [name, null]));
    this.#count = names.length;
  }

  /** @param found the user's row of each of the selection's views, in their order */
  of(key: string, found: PointInTimeRows): UserFeatures {
    const values = { ...this.#empty };
    const statuses = new Array<FeatureStatus>(this.#count);
    let at = 0;
    for (let v = 0; v < this.#views.length; v++) {
      const { view, places, without, retired } = this.#views[v]!;
      const row = found[v] ?? null;
      const ofRow = row === null || row === NO_PART ? null : this.#statusesAt(v, row.eventTime);
      const lacking =
        ofRow === null
          ? without.of(row === NO_PART ? "NOT_DECLARED" : "NOT_FOUND")
          : ofRow.isExpired
            ? ofRow.of("OUTSIDE_MAX_AGE")
            : null;
      for (const place of places) {
        if (lacking !== null) {
          statuses[at++] = lacking[place]!;
          continue;
        }
        const { values: held, undeclared } = row as ViewRow;
        const value = held[place]!;
        values[view.features[place]!] = value;
        if (value !== null) this.present++;
        const status = value !== null ? "PRESENT" : undeclared?.[place] ? "NOT_DECLARED" : "NULL_VALUE";
        statuses[at++] = ofRow!.of(status)[place]!;
      }
      for (const status of retired) statuses[at++] = status;
    }
    this.requested += statuses.length;
    return { entity: this.#entity, key, asOf: this.asOf, values, statuses };
  }

  #statusesAt(v: number, eventTime: string): ViewStatuses {
    const { view, byEventTime } = this.#views[v]!;
    const known = byEventTime.get(eventTime);
    if (known) return known;
    const at = this.asOf === null ? this.now : Date.parse(this.asOf);
    const made = new ViewStatuses(view, { eventTime, ageSeconds: (at - Date.parse(eventTime)) / 1000 });
    byEventTime.set(eventTime, made);
    return made;
  }
}
