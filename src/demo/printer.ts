/** What the stage does right now; what is `passing` is only worth showing where the line can be rewritten. */
export type Progress = (text: string, passing?: boolean) => void;

/** Prints stages: a title, a line that lives while the stage runs, its time and key figures when it is done. */
export class Printer {
  #count = 0;
  #stopped = false;
  readonly #live = process.stdout.isTTY === true;

  line(text = ""): void {
    process.stdout.write(`${text}\n`);
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** What fails from now on fails because we stop, and is not worth a word. */
  stop(signal: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#clear();
    this.line(`    ${signal}: stopped here; npm run demo goes on from what is done`);
  }

  /** Runs one stage. What it returns is printed with the stage's time. */
  async stage(title: string, work: (progress: Progress) => Promise<string[]>): Promise<void> {
    this.line(`${String(++this.#count).padStart(2)}  ${title}`);
    const startedAt = performance.now();
    const progress: Progress = (text, passing) => {
      if (this.#stopped) return;
      if (this.#live)
        process.stdout.write(`\r\x1b[2K      … ${text.slice(0, (process.stdout.columns ?? 80) - 9)}`);
      else if (!passing) this.line(`      … ${text}`);
    };
    try {
      const figures = await work(progress);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
      this.#clear();
      this.line(`    ✓ ${seconds} s`);
      for (const figure of figures) this.line(`      ${figure}`);
    } catch (error) {
      this.#clear();
      if (!this.#stopped) this.line(`    ✗ ${(error as Error).message}`);
      throw error;
    }
  }

  #clear(): void {
    if (this.#live) process.stdout.write("\r\x1b[2K");
  }
}
