import type { Logger } from "pino";
import type { Notifications } from "../../db/notifications.js";
import type { Pool } from "../../db/pool.js";
import { sourceSchemes } from "../sources/registry.js";
import type { FoundDelivery, SourceContext } from "../sources/source-scheme.js";
import { DeliveryStore, SCAN_CHANNEL, type Seen } from "./delivery-store.js";
import { findDeliveries, findInPlaces } from "./find-deliveries.js";

/** From the end of a look to the next; longer where looking takes so long that it would take more than this share. */
const INTERVAL_MS = 60_000;
const MOST_SHARE = 0.05;

/**
 * Looks at what could be ingested: at its start, when it is asked, and each minute. A worker does so, because an API process
 * may have no access to the files.
 */
export class DeliveryWatch {
  readonly #stopping = new AbortController();
  readonly #store: DeliveryStore;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;
  #askedAgain = false;
  /** What the log last said. */
  #problem: string | null = null;

  /** @param listener not started yet */
  constructor(
    pool: Pool,
    listener: Notifications,
    private readonly logger: Pick<Logger, "warn" | "info">,
    private readonly context: SourceContext,
  ) {
    this.#store = new DeliveryStore(pool);
    listener.on(SCAN_CHANNEL, () => this.look());
  }

  /** At once, or again after the look that is under way: what was written since is then seen. */
  look(): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#looking) {
      this.#askedAgain = true;
      return;
    }
    clearTimeout(this.#timer);
    const since = performance.now();
    this.#looking = this.#lookOnce().finally(() => {
      this.#looking = null;
      if (this.#stopping.signal.aborted) return;
      if (this.#askedAgain) {
        this.#askedAgain = false;
        this.look();
        return;
      }
      const pause = Math.max(INTERVAL_MS, (performance.now() - since) / MOST_SHARE);
      this.#timer = setTimeout(() => this.look(), pause).unref();
    });
  }

  /** Resolves when no look is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #lookOnce(): Promise<void> {
    try {
      const beganAt = await this.#store.now();
      const { byScheme, problem } = await this.#see();
      this.#stopping.signal.throwIfAborted();
      await this.#store.save({ beganAt, byScheme, problem });
      this.#say(problem);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#say((error as Error).message);
    }
  }

  async #see(): Promise<Omit<Seen, "beganAt">> {
    const byScheme = new Map<string, FoundDelivery[]>();
    const problems: string[] = [];
    const taken = new Set<string>();
    const inPlaces = await findInPlaces(this.context, this.#stopping.signal).catch((error: Error) => {
      problems.push(`what the definitions name cannot be listed: ${error.message}`);
      return null;
    });
    for (const scheme of inPlaces === null ? [] : sourceSchemes) {
      if (scheme.writtenAs === null) continue;
      try {
        const found = await findDeliveries(scheme, inPlaces!, this.context, this.#stopping.signal);
        // The first scheme that recognises a text has it.
        const own = found.filter(({ name }) => scheme.recognises(name) && !taken.has(name));
        for (const { name } of own) taken.add(name);
        byScheme.set(scheme.name, own);
      } catch (error) {
        problems.push(
          `deliveries of the scheme ${scheme.name} cannot be listed: ${(error as Error).message}`,
        );
      }
    }
    return { byScheme, problem: problems.join("; ") || null };
  }

  /** Once for as long as it lasts. */
  #say(problem: string | null): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const { dataDir } = this.context;
    if (problem === null) this.logger.info({ dataDir }, "deliveries can be listed again");
    else this.logger.warn({ dataDir }, problem);
  }
}
