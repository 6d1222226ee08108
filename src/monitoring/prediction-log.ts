import type { Logger } from "pino";
import type { Pool } from "../db/pool.js";
import type { ColumnValue } from "../definitions/language/column.js";
import { sha256Hex } from "../registry/artifact-store.js";

/** One answered prediction; the shadow's part where a shadow scored the same features. */
export interface LoggedPrediction {
  at: Date;
  model: string;
  version: number;
  userId: string;
  /** What the model was given, by feature name, in the signature's order. */
  features: Readonly<Record<string, ColumnValue>>;
  probability: number;
  prediction: 0 | 1;
  shadow: { version: number; probability: number; prediction: 0 | 1 } | null;
}

export interface PredictionLogOptions {
  /** Share of predictions that are kept, 0..1. */
  sample: number;
  /** Most that are kept in one second by this process: a flood is thinned out, not written. */
  perSecond: number;
  /** Whole UTC days; older partitions are dropped. */
  keepDays: number;
}

const FLUSH_MS = 1_000;
const MAINTAIN_MS = 3_600_000;
/** Entries that may wait for the database; what comes on top is dropped and counted. */
const WAITING_MAX = 20_000;
const BATCH = 2_000;

/**
 * What was answered, kept for a while: a sample of the predictions about now, written in the background. Serving
 * never waits for it: when the database is slow or away, entries wait up to a bound, then are dropped and counted.
 */
export class PredictionLog {
  #waiting: LoggedPrediction[] = [];
  #flushing: Promise<void> | null = null;
  #timers: NodeJS.Timeout[] = [];
  readonly #days = new Set<string>();
  #second = 0;
  #keptInSecond = 0;
  written = 0;
  dropped = 0;

  constructor(
    private readonly pool: Pool,
    private readonly options: PredictionLogOptions,
    private readonly logger: Logger,
    private readonly random: () => number = Math.random,
  ) {}

  /** Whether the next prediction is one of the sample; asked before any work is done for it. */
  wants(): boolean {
    const { sample, perSecond } = this.options;
    if (sample === 0 || (sample < 1 && this.random() >= sample)) return false;
    const second = Math.floor(Date.now() / 1_000);
    if (second !== this.#second) [this.#second, this.#keptInSecond] = [second, 0];
    return this.#keptInSecond++ < perSecond;
  }

  add(entry: LoggedPrediction): void {
    if (this.#waiting.length >= WAITING_MAX) this.dropped++;
    else this.#waiting.push(entry);
  }

  start(): void {
    const flush = () => void this.flush().catch(() => {});
    const maintain = () =>
      void this.#dropOld().catch((err: Error) => this.#warn(err, "old predictions stay"));
    this.#timers = [setInterval(flush, FLUSH_MS), setInterval(maintain, MAINTAIN_MS)];
    for (const timer of this.#timers) timer.unref();
    maintain();
  }

  /** Writes what waits and stops. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.flush().catch(() => {});
  }

  /** Writes what waits; one write at a time. @throws {Error} the database refuses: what was to be written waits on */
  flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      try {
        await this.#insert(batch);
      } catch (error) {
        this.#warn(error as Error, "predictions wait to be logged");
        throw error;
      }
      this.#waiting = this.#waiting.slice(batch.length);
      this.written += batch.length;
    }
  }

  async #insert(batch: readonly LoggedPrediction[]): Promise<void> {
    for (const { at } of batch) await this.#ensureDay(at.toISOString().slice(0, 10));
    const features = batch.map((entry) => JSON.stringify(entry.features));
    await this.pool.query(
      `insert into prediction_log (at, model, version, user_id, features_sha256, features, probability, prediction,
         shadow_version, shadow_probability, shadow_prediction)
       select * from unnest($1::timestamptz[], $2::text[], $3::int[], $4::text[], $5::text[], $6::jsonb[],
         $7::float8[], $8::smallint[], $9::int[], $10::float8[], $11::smallint[])`,
      [
        batch.map(({ at }) => at),
        batch.map(({ model }) => model),
        batch.map(({ version }) => version),
        batch.map(({ userId }) => userId),
        features.map(sha256Hex),
        features,
        batch.map(({ probability }) => probability),
        batch.map(({ prediction }) => prediction),
        batch.map(({ shadow }) => shadow?.version ?? null),
        batch.map(({ shadow }) => shadow?.probability ?? null),
        batch.map(({ shadow }) => shadow?.prediction ?? null),
      ],
    );
  }

  async #ensureDay(day: string): Promise<void> {
    if (this.#days.has(day)) return;
    await this.pool.query("select asof_prediction_log_day($1)", [day]);
    this.#days.add(day);
  }

  async #dropOld(): Promise<void> {
    const oldest = new Date(Date.now() - this.options.keepDays * 86_400_000).toISOString().slice(0, 10);
    await this.pool.query("select asof_prediction_log_drop_before($1)", [oldest]);
  }

  #warn(err: Error, message: string): void {
    this.logger.warn({ err, waiting: this.#waiting.length, dropped: this.dropped }, message);
  }
}
