import type { NewEntry } from "./entry.js";

/** Of one caller within a minute, each refusal is an entry; what comes after these is counted. */
const MOST = { entries: 60, ms: 60_000 };

type Who = Pick<NewEntry, "actor" | "role">;

interface Window {
  who: Who;
  entries: number;
  /** How often each act and code came beyond that. */
  more: Map<string, number>;
  timer: NodeJS.Timeout;
}

/**
 * What is refused before it is begun: whoever has a token, however small its role, may ask for it as often as requests are let in,
 * and the log only grows. So a caller's first refusals of a minute are an entry each, and the rest of that minute is one.
 */
export class Refusals {
  readonly #windows = new Map<string, Window>();
  /** What is being put down as its time is over. */
  readonly #ending = new Set<Promise<void>>();

  constructor(
    private readonly append: (entry: NewEntry) => Promise<unknown>,
    private readonly most = MOST,
  ) {}

  /** @throws {AuditUnavailableError} it is to be an entry, and is not stored */
  async add(entry: NewEntry): Promise<void> {
    const window = this.#windowOf(entry);
    if (window.entries < this.most.entries) {
      window.entries++;
      await this.append(entry);
      return;
    }
    const what = `${entry.action} ${entry.code}`;
    window.more.set(what, (window.more.get(what) ?? 0) + 1);
  }

  /** Puts down what was counted so far, of each caller. @throws {AuditUnavailableError} some is not stored, and stays counted */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#ending);
    const ends = [...this.#windows].map(([key, window]) => this.#end(key, window));
    const failed = (await Promise.allSettled(ends)).find(({ status }) => status === "rejected");
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }

  #windowOf({ actor, role }: Who): Window {
    const key = JSON.stringify([actor, role]);
    const known = this.#windows.get(key);
    if (known) return known;
    const end = () => {
      const ending = this.#end(key, window)
        // It is counted still, and put down when that minute is over.
        .catch(() => {})
        .finally(() => this.#ending.delete(ending));
      this.#ending.add(ending);
    };
    const window: Window = {
      ...{ who: { actor, role }, entries: 0, more: new Map() },
      timer: setTimeout(end, this.most.ms).unref(),
    };
    this.#windows.set(key, window);
    return window;
  }

  /** From here on the caller's next ones are of another window. */
  async #end(key: string, { who, entries, more, timer }: Window): Promise<void> {
    clearTimeout(timer);
    this.#windows.delete(key);
    if (more.size === 0) return;
    const times = [...more.values()].reduce((sum, each) => sum + each, 0);
    try {
      await this.append({
        ...who,
        ...{ requestId: null, action: "refused.more", subject: null, outcome: "REFUSED", code: null },
        ...{ answers: null, details: { times, each: Object.fromEntries(more) } },
      });
    } catch (error) {
      const next = this.#windowOf(who);
      next.entries = Math.max(next.entries, entries);
      for (const [what, count] of more) next.more.set(what, (next.more.get(what) ?? 0) + count);
      throw error;
    }
  }
}
