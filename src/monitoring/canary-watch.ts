import type { Logger } from "pino";
import { type Pool, withTransaction } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { SnapshotStore } from "../features/snapshot-store.js";
import { type Canary, endCanary, runningCanaries } from "../registry/canaries.js";
import { lockNames } from "../registry/stage-moves.js";
import { hasBound, whyStopped } from "../values/canary.js";
import { canaryEvidence } from "./canary-report.js";

/** What an operator should know where no predictions are logged: canaries whose rules were taken before. */
export const unjudgedCanaries = async (pool: Pool) =>
  (await runningCanaries(pool))
    .filter(({ stopRule }) => hasBound(stopRule))
    .map(({ model }) => ({
      subject: `canary of ${model}`,
      message: "its stop rule judges nothing: no predictions are logged (PREDICTION_LOG_SAMPLE is 0)",
      remedy: "Log a sample, or end the canary.",
    }));

const INTERVAL_MS = 60_000;
/** Who ended it, where its rule did. */
export const STOPPED_BY = "stop rule";

/** Judges the stop rules of canaries that run: each minute, by whatever workers there are. The first to see a reason ends it. */
export class CanaryWatch {
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;
  #stopped = false;

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly logger: Pick<Logger, "warn" | "info">,
  ) {}

  start(): void {
    this.#timer = setInterval(() => void this.look(), INTERVAL_MS).unref();
    void this.look();
  }

  /** Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #lookOnce(): Promise<void> {
    try {
      const bound = (await runningCanaries(this.pool)).filter(({ stopRule }) => hasBound(stopRule));
      for (const canary of bound)
        if (!this.#stopped) await this.#judge(canary).catch((err) => this.#warn(err, canary));
    } catch (err) {
      this.#warn(err);
    }
  }

  #warn(err: unknown, { model, version }: Partial<Canary> = {}): void {
    if (!this.#stopped) this.logger.warn({ err, model, version }, "a canary could not be judged");
  }

  async #judge(canary: Canary): Promise<void> {
    const { model, version } = canary;
    const snapshots = new SnapshotStore(this.pool);
    const evidence = await canaryEvidence(this.pool, this.definitions, snapshots, canary);
    const reason = whyStopped(canary.stopRule, evidence);
    if (reason === null) return;
    const ended = await withTransaction(this.pool, async (tx) => {
      // As a move of its versions does: who holds the canary's row waits for the lock of moves.
      await lockNames(tx, [model]);
      return endCanary(tx, canary, { outcome: "STOPPED", reason, actor: STOPPED_BY });
    });
    if (ended) this.logger.warn({ model, version, reason }, "a canary was stopped by its rule");
  }
}
