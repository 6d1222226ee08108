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

  /** Puts down what was counted so far. @throws {AuditUnavailableError} it is not stored, and stays counted */
  async flush(): Promise<void> {
    for (const [key, window] of this.#windows) await this.#end(key, window);
  }

  #windowOf({ actor, role }: NewEntry): Window {
    const key = JSON.stringify([actor, role]);
    const known = this.#windows.get(key);
    if (known) return known;
    const window = { who: { actor, role }, entries: 0, more: new Map(), timer: this.#endSoon(key) };
    this.#windows.set(key, window);
    return window;
  }

  #endSoon(key: string): NodeJS.Timeout {
    const end = () => {
      const window = this.#windows.get(key);
      // Where it cannot be stored the window goes on, and what comes meanwhile is counted, too.
      if (window)
        this.#end(key, window).catch(() => {
          window.timer = this.#endSoon(key);
        });
    };
    return setTimeout(end, this.most.ms).unref();
  }

  async #end(key: string, window: Window): Promise<void> {
    const counted = new Map(window.more);
    if (counted.size > 0) {
      const times = [...counted.values()].reduce((sum, each) => sum + each, 0);
      await this.append({
        ...window.who,
        ...{ requestId: null, action: "refused.more", subject: null, outcome: "REFUSED", code: null },
        ...{ answers: null, details: { times, each: Object.fromEntries(counted) } },
      });
    }
    clearTimeout(window.timer);
    this.#windows.delete(key);
  }
}
