import type { Logger } from "pino";
import type { Deployment } from "../definitions/language/deployment.js";
import { selectForModel } from "../features/feature-selection.js";
import type { FeatureStore } from "../features/feature-store.js";
import type { LoggedAnswer, LoggedPrediction } from "../monitoring/logged-prediction.js";
import type { PredictionLog } from "../monitoring/prediction-log.js";
import { taskOf } from "../training/tasks/registry.js";
import type { AnswerFields } from "../training/tasks/task.js";
import { answerAt } from "./answers.js";
import type { FeaturePlans } from "./feature-plan.js";
import type { ServedModel } from "./served-model.js";
import { type Answered, shadowRows } from "./shadow-rows.js";
import type { Prediction } from "./types.js";

/** What is logged, and what a shadow is given of it. */
type Entry = LoggedPrediction & Answered;

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
    private readonly definitions: Deployment,
    /** Where a shadow's features are read that the version in Production does not take. */
    private readonly features: Pick<FeatureStore, "read">,
    /** The loaded versions that score what others answered: the model's shadow, if any, or both of a canary. */
    private readonly shadowsOf: (model: string) => readonly ServedModel[],
    private readonly plans: FeaturePlans,
    private readonly logger: Logger,
  ) {}

  /** Rows that were answered together are logged with one instant. */
  observe(predictions: Iterable<Prediction>): void {
    const at = new Date();
    for (const prediction of predictions) {
      if (this.#waiting.length >= WAITING_MAX || !this.log.wants()) continue;
      this.#waiting.push(entryOf(prediction, at));
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
      for (const shadow of this.shadowsOf(model)) await this.#shadow(shadow, model, batch);
      for (const { served: _, ...logged } of batch) this.log.add(logged);
    }
  }

  async #shadow(shadow: ServedModel, model: string, batch: readonly Entry[]): Promise<void> {
    const { version, threshold, signature } = shadow.version;
    if (this.#behind.has(shadow)) return;
    const others = batch.filter((entry) => entry.version !== version && entry.shadow === null);
    const select = (names: Iterable<string>) => selectForModel(this.definitions, model, names);
    try {
      const plan = this.plans.of(shadow.version);
      const rows = await shadowRows(this.features, select, { plan, signature }, others);
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
      const { failures } = scores;
      const task = taskOf(signature);
      const [failure] = failures.values();
      if (failure)
        this.logger.warn({ err: failure, model, version, rows: failures.size }, "the shadow could not score");
      for (const [i, entry] of asked.entries()) {
        if (failures.has(i)) continue;
        const answer = answerAt(scores, i);
        const fields = task.answerFields(answer, { threshold, classes: signature.classes ?? null });
        entry.shadow = { version, ...loggedAnswer(fields, answer) };
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

function entryOf(answered: Prediction, at: Date): Entry {
  const { key, modelVersion, features, request, ofCanary } = answered;
  const values = features.values as Entry["features"];
  const given = modelVersion.signature.features.map(({ name }) => [name, values[name] ?? null]);
  return {
    at,
    model: modelVersion.model,
    version: modelVersion.version,
    key,
    features: Object.fromEntries(given),
    ...loggedAnswer(answered, answered.answer),
    request,
    canary: ofCanary ? { id: ofCanary.canary, arm: ofCanary.isFallback ? "FALLBACK" : ofCanary.arm } : null,
    shadow: null,
    served: features,
  };
}

/** Of several classes the answer is how likely the likeliest is. */
const loggedAnswer = (
  { prediction, class: name, classes }: AnswerFields,
  answer: ArrayLike<number>,
): LoggedAnswer =>
  classes
    ? {
        answer: Math.max(...classes.map(({ probability }) => probability)),
        prediction,
        class: name,
        probabilities: Array.from(answer),
      }
    : { answer: answer[0]!, prediction, class: null, probabilities: null };

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
