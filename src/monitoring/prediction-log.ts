import type { Logger } from "pino";
import { RateBuckets } from "../auth/rate-buckets.js";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { entityOfModel } from "../definitions/language/entities.js";
import { ErasedKeys } from "../features/erasure/kept-out.js";
import { sha256Hex } from "../registry/artifact-store.js";
import { LogAllowance } from "./log-allowance.js";
import { LogBudget } from "./log-budget.js";
import { LogFiles } from "./log-files.js";
import type { LoggedPrediction } from "./logged-prediction.js";

export interface PredictionLogOptions {
  /** Share of predictions that are kept, 0..1. */
  sample: number;
  /** Most that are kept in one second by this process: a flood is thinned out, not written. */
  perSecond: number;
  /** Whole UTC days; older partitions are dropped. */
  keepDays: number;
  /** Most that are kept in one second by all processes together; absent: any number. */
  allPerSecond?: number | null;
  /** Most bytes that the log takes of the database; absent: any number. */
  maxBytes?: number | null;
  /** A folder that gets all of the sample as Parquet, beside what the database gets of it; absent: none. */
  files?: string | null;
}

const FLUSH_MS = 1_000;
const BUDGET_MS = 60_000;
/** A file is written of so many, or of what came in so long. */
const FILE_ROWS = 25_000;
const FILE_MS = 60_000;
const MAINTAIN_MS = 3_600_000;
/** Entries that may wait for the database; what comes on top is dropped and counted. */
const WAITING_MAX = 20_000;
const BATCH = 2_000;
const SUCCEEDED = [() => true, () => false] as const;

/**
 * What was answered, kept for a while: a sample of the predictions about now, written in the background. Serving
 * never waits for it: when the database is slow or away, entries wait up to a bound, then are dropped and counted.
 */
export class PredictionLog {
  #waiting: LoggedPrediction[] = [];
  #forFiles: LoggedPrediction[] = [];
  #filedAt = performance.now();
  #filing: Promise<void> | null = null;
  readonly #budget: LogBudget | null;
  readonly #allowance: LogAllowance | null;
  readonly #files: LogFiles | null;
  #flushing: Promise<void> | null = null;
  #timers: NodeJS.Timeout[] = [];
  readonly #days = new Set<string>();
  #second = 0;
  #keptInSecond = 0;
  written = 0;
  dropped = 0;

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Pick<Deployment, "entities" | "services">,
    private readonly options: PredictionLogOptions,
    private readonly logger: Logger,
    private readonly random: () => number = Math.random,
  ) {
    const { allPerSecond, maxBytes, files } = options;
    this.#allowance = allPerSecond ? new LogAllowance(new RateBuckets(pool, allPerSecond)) : null;
    this.#budget = maxBytes ? new LogBudget(pool, maxBytes, logger) : null;
    this.#files = files ? new LogFiles(files) : null;
  }

  /** Whether the next prediction is one of the sample; asked before any work is done for it. */
  wants(): boolean {
    const { sample } = this.options;
    if (sample === 0 || (sample < 1 && this.random() >= sample)) return false;
    return this.#files !== null || this.#admits();
  }

  add(entry: LoggedPrediction): void {
    if (this.#files) {
      if (this.#forFiles.length >= FILE_ROWS + WAITING_MAX) this.dropped++;
      else this.#forFiles.push(entry);
      if (!this.#admits()) return;
    }
    if (this.#waiting.length >= WAITING_MAX) this.dropped++;
    else this.#waiting.push(entry);
  }

  /** What an operator should know of its budget. */
  problems(): { subject: string; message: string; remedy: string }[] {
    return this.#budget?.problems() ?? [];
  }

  start(): void {
    const flush = () => {
      void this.flush().catch(() => {});
      void this.#file(FILE_ROWS).catch(() => {});
    };
    const maintain = () =>
      void this.#dropOld().catch((err: Error) => this.#warn(err, "old predictions stay"));
    const refill = () => void this.#allowance?.refill().catch(() => {});
    const keep = () =>
      void this.#budget?.keep().catch((err: Error) => this.#warn(err, "the log was not measured"));
    this.#timers = [
      setInterval(flush, FLUSH_MS),
      setInterval(maintain, MAINTAIN_MS),
      ...(this.#allowance ? [setInterval(refill, FLUSH_MS)] : []),
      ...(this.#budget ? [setInterval(keep, BUDGET_MS)] : []),
    ];
    for (const timer of this.#timers) timer.unref();
    for (const now of [maintain, refill, keep]) now();
  }

  /** Writes what waits and stops. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.flush().catch(() => {});
    // One for each day that waits.
    while (this.#forFiles.length > 0) if (!(await this.#file(1).then(...SUCCEEDED))) break;
  }

  /** Whether the database gets the next one, too. */
  #admits(): boolean {
    if (this.#budget?.full) return false;
    const second = Math.floor(Date.now() / 1_000);
    if (second !== this.#second) [this.#second, this.#keptInSecond] = [second, 0];
    if (this.#keptInSecond >= this.options.perSecond) return false;
    if (this.#allowance && !this.#allowance.admit()) return false;
    this.#keptInSecond++;
    return true;
  }

  /** Writes a file of what waits for one, from so many on or after a minute; what cannot be written waits on. */
  async #file(from: number): Promise<void> {
    const due = performance.now() - this.#filedAt >= FILE_MS;
    if (!this.#files || this.#forFiles.length === 0 || (this.#forFiles.length < from && !due)) return;
    this.#filing ??= this.#writeFile(this.#files).finally(() => {
      this.#filing = null;
    });
    await this.#filing;
  }

  async #writeFile(files: LogFiles): Promise<void> {
    const day = dayOf(this.#forFiles[0]!);
    const next = this.#forFiles.findIndex((entry) => dayOf(entry) !== day);
    const batch = this.#forFiles.slice(0, next < 0 ? FILE_ROWS : Math.min(next, FILE_ROWS));
    this.#filedAt = performance.now();
    try {
      // As in the database: whoever was erased since the answer is not written.
      await withTransaction(this.pool, async (tx) => {
        const keptOut = await ErasedKeys.hold(tx);
        await files.write(
          day,
          batch.filter((entry) => !this.#isErased(keptOut, entry)),
        );
      });
    } catch (error) {
      this.#warn(error as Error, "predictions wait to be written to files");
      throw error;
    }
    this.#forFiles = this.#forFiles.slice(batch.length);
  }

  #isErased(keptOut: ErasedKeys, { model, key }: LoggedPrediction): boolean {
    return key !== null && keptOut.has(entityOfModel(this.definitions, model), key);
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
    for (const entry of batch) await this.#ensureDay(dayOf(entry));
    await withTransaction(this.pool, async (tx) => {
      // Whoever was erased since the answer is not written: the erasure has looked here, or will.
      const keptOut = await ErasedKeys.hold(tx);
      await insertPredictions(
        tx,
        batch.filter((entry) => !this.#isErased(keptOut, entry)),
      );
    });
  }

  async #ensureDay(day: string): Promise<void> {
    if (this.#days.has(day)) return;
    await this.pool.query("select asof_prediction_log_day($1)", [day]);
    this.#days.add(day);
  }

  async #dropOld(): Promise<void> {
    const oldest = new Date(Date.now() - this.options.keepDays * 86_400_000).toISOString().slice(0, 10);
    await this.pool.query("select asof_prediction_log_drop_before($1)", [oldest]);
    await this.#files?.dropBefore(oldest);
  }

  #warn(err: Error, message: string): void {
    this.logger.warn({ err, waiting: this.#waiting.length, dropped: this.dropped }, message);
  }
}

const dayOf = ({ at }: LoggedPrediction): string => at.toISOString().slice(0, 10);

async function insertPredictions(tx: Client, batch: readonly LoggedPrediction[]): Promise<void> {
  if (batch.length === 0) return;
  const features = batch.map((entry) => JSON.stringify(entry.features));
  await tx.query(
    `insert into prediction_log (at, model, version, key, features_sha256, features, probability, prediction,
         shadow_version, shadow_probability, shadow_prediction, request, class, shadow_class, class_probabilities,
         shadow_class_probabilities, canary, arm)
       select at, model, version, key, sha256, features, probability, prediction, shadow_version, shadow_probability,
         shadow_prediction, request, class, shadow_class, probabilities::float8[], shadow_probabilities::float8[], canary, arm
       from unnest($1::timestamptz[], $2::text[], $3::int[], $4::text[], $5::text[], $6::jsonb[],
         $7::float8[], $8::smallint[], $9::int[], $10::float8[], $11::smallint[], $12::jsonb[], $13::text[], $14::text[],
         $15::text[], $16::text[], $17::int[], $18::text[])
         as t (at, model, version, key, sha256, features, probability, prediction, shadow_version, shadow_probability,
           shadow_prediction, request, class, shadow_class, probabilities, shadow_probabilities, canary, arm)`,
    [
      batch.map(({ at }) => at),
      batch.map(({ model }) => model),
      batch.map(({ version }) => version),
      batch.map(({ key }) => key),
      features.map(sha256Hex),
      features,
      batch.map(({ answer }) => answer),
      batch.map(({ prediction }) => prediction),
      batch.map(({ shadow }) => shadow?.version ?? null),
      batch.map(({ shadow }) => shadow?.answer ?? null),
      batch.map(({ shadow }) => shadow?.prediction ?? null),
      batch.map(({ request }) => (request === null ? null : JSON.stringify(request))),
      batch.map(({ class: name }) => name),
      batch.map(({ shadow }) => shadow?.class ?? null),
      batch.map(({ probabilities }) => arrayText(probabilities)),
      batch.map(({ shadow }) => arrayText(shadow?.probabilities ?? null)),
      batch.map(({ canary }) => canary?.id ?? null),
      batch.map(({ canary }) => canary?.arm ?? null),
    ],
  );
}

/** An array of numbers as PostgreSQL reads it: arrays of arrays would all have to be of one length. */
const arrayText = (numbers: readonly number[] | null): string | null => numbers && `{${numbers.join(",")}}`;
