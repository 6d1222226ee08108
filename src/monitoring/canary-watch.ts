import type { Logger } from "pino";
import { type Pool, withTransaction } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { SnapshotStore } from "../features/snapshot-store.js";
import { type Canary, endCanary, runningCanaries } from "../registry/canaries.js";
import { whyStopped } from "../values/canary.js";
import { canaryReport, evidenceOfCanary } from "./canary-report.js";

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
      for (const canary of await runningCanaries(this.pool)) if (!this.#stopped) await this.#judge(canary);
    } catch (err) {
      if (!this.#stopped) this.logger.warn({ err }, "canaries could not be judged");
    }
  }

  async #judge(canary: Canary): Promise<void> {
    const { model, version } = canary;
    const report = await canaryReport(this.pool, this.definitions, new SnapshotStore(this.pool), canary);
    const reason = whyStopped(canary.stopRule, evidenceOfCanary(canary, report));
    if (reason === null) return;
    const ended = await withTransaction(this.pool, (tx) =>
      endCanary(tx, canary, { outcome: "STOPPED", reason, actor: STOPPED_BY }),
    );
    if (ended) this.logger.warn({ model, version, reason }, "a canary was stopped by its rule");
  }
}
