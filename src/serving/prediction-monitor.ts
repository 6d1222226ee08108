import type { Logger } from "pino";
import type { FeatureView } from "../definitions/language/deployment.js";
import type { FeatureStore } from "../features/feature-store.js";
import type { LoggedPrediction, PredictionLog } from "../monitoring/prediction-log.js";
import { taskOf } from "../training/tasks/registry.js";
import type { ServedModel } from "./served-model.js";
import { shadowRows } from "./shadow-rows.js";
import type { Prediction } from "./types.js";

type Entry = LoggedPrediction;

const FLUSH_MS = 50;
/** Rows a shadow scores without letting requests pass; a few milliseconds' worth. */
const BATCH = 256;
const WAITING_MAX = 10_000;
/** What the log waits for a shadow's scores of one batch. */
const SHADOW_MS = 1_000;

/**
 * Watches what is answered: keeps a sample in the log, and lets the model's shadow score the same requests first,
 * where it has one, on the same values. All of it after the answer, in small batches: a request waits for none of it, and a shadow that
 * fails costs its own score only.
 */
export class PredictionMonitor {
  #waiting: Entry[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** Shadows that still work on a batch the log did not wait for. */
  readonly #behind = new Set<ServedModel>();

  constructor(
    private readonly log: PredictionLog,
    private readonly views: readonly FeatureView[],
    /** Where a shadow's features are read that the version in Production does not take. */
    private readonly features: Pick<FeatureStore, "read">,
    /** The loaded version that shadows the model, if any. */
    private readonly shadowOf: (model: string) => ServedModel | null,
    private readonly logger: Logger,
  ) {}

  observe(predictions: Iterable<Prediction>): void {
    for (const prediction of predictions) {
      if (this.#waiting.length >= WAITING_MAX || !this.log.wants()) continue;
      this.#waiting.push(entryOf(prediction));
    }
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Hands what waits to the log, scored by the shadow. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const entries = this.#waiting;
    this.#waiting = [];
    for (const [model, batch] of inBatches(entries)) {
      await this.#shadow(model, batch);
      for (const entry of batch) this.log.add(entry);
    }
  }

  async #shadow(model: string, batch: readonly Entry[]): Promise<void> {
    const shadow = this.shadowOf(model);
    if (!shadow) return;
    const { version, threshold, signature } = shadow.version;
    if (this.#behind.has(shadow)) return;
    const others = batch.filter((entry) => entry.version !== version);
    try {
      const rows = await shadowRows(this.features, this.views, signature, others);
      const asked = others.filter((_, i) => rows[i] !== null);
      const scored = shadow.scoreEach(rows.filter((row) => row !== null));
      const scores = await within(SHADOW_MS, scored);
      if (!scores) {
        this.#behind.add(shadow);
        void scored.finally(() => this.#behind.delete(shadow)).catch(() => {});
        return this.logger.warn(
          { model, version },
          "the shadow is too slow: what is answered meanwhile goes without it",
        );
      }
      const { probabilities, failures } = scores;
      const { decide } = taskOf(signature);
      const [failure] = failures.values();
      if (failure)
        this.logger.warn({ err: failure, model, version, rows: failures.size }, "the shadow could not score");
      for (const [i, entry] of asked.entries()) {
        if (failures.has(i)) continue;
        const probability = probabilities[i]!;
        entry.shadow = { version, probability, prediction: decide(probability, threshold) };
      }
    } catch (err) {
      this.logger.warn({ err, model, version }, "the shadow could not score");
    }
  }
}

/** Null where it takes longer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function entryOf({ userId, prediction, probability, modelVersion, features }: Prediction): Entry {
  const values = features.values as Entry["features"];
  const given = modelVersion.signature.features.map(({ name }) => [name, values[name] ?? null]);
  return {
    at: new Date(),
    model: modelVersion.model,
    version: modelVersion.version,
    userId,
    features: Object.fromEntries(given),
    probability,
    prediction,
    shadow: null,
  };
}

function* inBatches(entries: readonly Entry[]): Generator<[string, Entry[]]> {
  const byModel = new Map<string, Entry[]>();
  for (const entry of entries) {
    const known = byModel.get(entry.model);
    if (known) known.push(entry);
    else byModel.set(entry.model, [entry]);
  }
  for (const [model, all] of byModel) {
    for (let from = 0; from < all.length; from += BATCH) yield [model, all.slice(from, from + BATCH)];
  }
}
