import { setTimeout as delay } from "node:timers/promises";
import { type Samples, scrape } from "./metrics.js";
import type { TestProcess } from "./process.js";

const SCRAPE_MS = 250;

/** As Prometheus does: each process again and again, and what was seen of each series. */
export class Scrapes {
  /** The newest of each. */
  readonly last = new Map<TestProcess, Samples>();
  readonly seen = new Set<string>();
  #running = true;
  readonly #loop: Promise<void>;

  /** @param living the processes that there are now */
  constructor(private readonly living: () => readonly TestProcess[]) {
    this.#loop = this.#scrapeAll();
  }

  async of(one: TestProcess): Promise<Samples> {
    const samples = await scrape(one.client.address);
    this.last.set(one, samples);
    for (const series of samples.keys()) this.seen.add(series);
    return samples;
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }

  async #scrapeAll(): Promise<void> {
    while (this.#running) {
      for (const one of this.living()) await this.of(one).catch(() => {});
      await delay(SCRAPE_MS);
    }
  }
}
