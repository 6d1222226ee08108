import type { FeatureView } from "../definitions/language/deployment.js";
import type { ViewFreshness } from "./types.js";

const DAY_SECONDS = 86_400;
/** Of the ttl, where the view declares no other: time is left to bring the next month. */
const WARN_SHARE = 0.8;

export interface FreshnessWatchParts {
  views: readonly FeatureView[];
  freshness(): Promise<Map<string, ViewFreshness>>;
  warn(fields: Record<string, unknown>, message: string): void;
  /** Reports it on the run that materialized the view. */
  report?(stale: StaleView): Promise<void>;
  now?(): Date;
}

/** A view whose newest values are older than its share of the ttl, or of a date that is still to come. */
export interface StaleView {
  view: string;
  runId: string | undefined;
  materializedAt: Date;
  message: string;
  remedy: string;
  fields: { view: string; newestEventTime: string; ageSeconds: number; ttlSeconds: number | null };
}

export function staleViews(
  views: readonly FeatureView[],
  known: ReadonlyMap<string, ViewFreshness>,
  now: Date,
): StaleView[] {
  return views.flatMap((view): StaleView[] => {
    const { newestEventTime, materializedAt, runId } = known.get(view.name) ?? {};
    if (!newestEventTime || !materializedAt) return [];
    const ageSeconds = (now.getTime() - Date.parse(newestEventTime)) / 1000;
    const ttlSeconds = view.ttlDays === undefined ? null : view.ttlDays * DAY_SECONDS;
    const of = { view: view.name, runId, materializedAt };
    if (ageSeconds < -DAY_SECONDS) {
      const message = `view ${view.name}: its newest values are of ${newestEventTime}, which is still to come: no ingest of a date before reaches the online store`;
      const remedy = `mutation { withdrawSnapshot(asOf: "${newestEventTime}", reason: …) }, if that date is a mistake`;
      return [
        { ...of, message, remedy, fields: { view: view.name, newestEventTime, ageSeconds, ttlSeconds } },
      ];
    }
    if (ttlSeconds === null) return [];
    if (ageSeconds <= (view.warnAtTtlShare ?? WARN_SHARE) * ttlSeconds) return [];
    const days = (ageSeconds / DAY_SECONDS).toFixed(1);
    const served = ageSeconds > ttlSeconds ? "are no longer served" : "will not be served";
    const message = `view ${view.name}: its newest values are of ${newestEventTime}, ${days} days old, and ${served} after ${view.ttlDays} days; ingest a newer month`;
    const fields = { view: view.name, newestEventTime, ageSeconds, ttlSeconds };
    return [{ ...of, message, remedy: "ingest a newer month", fields }];
  });
}

/** Warns before a view's values expire: once per view and materialization, in each process's log and once on the run. */
export class FreshnessWatch {
  readonly #warned = new Map<string, number>();

  constructor(private readonly parts: FreshnessWatchParts) {}

  async check(): Promise<void> {
    const { views, freshness, warn, report, now = () => new Date() } = this.parts;
    for (const stale of staleViews(views, await freshness(), now())) {
      if (this.#warned.get(stale.view) === stale.materializedAt.getTime()) continue;
      await report?.(stale);
      this.#warned.set(stale.view, stale.materializedAt.getTime());
      warn(stale.fields, stale.message);
    }
  }

  /** Checks now and every `intervalMs`; a check that fails is left to the next. Returns what ends it. */
  start(intervalMs: number): () => void {
    const check = () => void this.check().catch(() => {});
    check();
    const timer = setInterval(check, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  }
}
