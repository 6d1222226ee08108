import type { FeatureView } from "../definitions/language/deployment.js";
import type { ViewFreshness } from "./types.js";

const DAY_SECONDS = 86_400;
/** Of the ttl, where the view declares no other: time is left to bring the next month. */
const WARN_SHARE = 0.8;

export interface FreshnessWatchParts {
  views: readonly FeatureView[];
  freshness(): Promise<Map<string, ViewFreshness>>;
  warn(fields: Record<string, unknown>, message: string): void;
  now?(): Date;
}

/** Warns before a view's values expire: once per view and materialization, in each process. */
export class FreshnessWatch {
  readonly #warned = new Map<string, number>();

  constructor(private readonly parts: FreshnessWatchParts) {}

  async check(): Promise<void> {
    const { views, freshness, warn, now = () => new Date() } = this.parts;
    const known = await freshness();
    for (const view of views) {
      const { newestEventTime, materializedAt } = known.get(view.name) ?? {};
      if (view.ttlDays === undefined || !newestEventTime || !materializedAt) continue;
      const ttlSeconds = view.ttlDays * DAY_SECONDS;
      const ageSeconds = (now().getTime() - Date.parse(newestEventTime)) / 1000;
      const share = view.warnAtTtlShare ?? WARN_SHARE;
      if (ageSeconds <= share * ttlSeconds) continue;
      if (this.#warned.get(view.name) === materializedAt.getTime()) continue;
      this.#warned.set(view.name, materializedAt.getTime());
      const expired = ageSeconds > ttlSeconds;
      warn(
        { view: view.name, newestEventTime, ageSeconds, ttlSeconds },
        `view ${view.name}: its newest values are of ${newestEventTime}, ${(ageSeconds / DAY_SECONDS).toFixed(1)} days old, and ` +
          `${expired ? "are no longer served" : "will not be served"} after ${view.ttlDays} days; ingest a newer month`,
      );
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
