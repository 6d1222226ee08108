import { currentRequest } from "../observability/request-scope.js";

/** Fields that this process completes before it lets the event loop go: ten to thirty milliseconds' work. */
export const FIELDS_PER_TURN = 500;

/** What may be done until the event loop turns again, by all requests together; they take it in the order they come. */
class TurnBudget {
  #left = FIELDS_PER_TURN;
  #refills = false;
  readonly #waiting: { fields: number; begin(): void }[] = [];

  /** Whether it may be done now. */
  take(fields: number): boolean {
    this.#refillLater();
    if (this.#left <= 0 || this.#waiting.length > 0) return false;
    this.#left -= fields;
    return true;
  }

  /** It is done in any case: others have so much less. */
  spend(fields: number): void {
    this.#refillLater();
    this.#left -= fields;
  }

  /** Until it may be done. */
  turn(fields: number): Promise<void> {
    return new Promise((begin) => void this.#waiting.push({ fields, begin }));
  }

  #refillLater(): void {
    if (this.#refills) return;
    this.#refills = true;
    setImmediate(() => {
      this.#refills = false;
      this.#left = FIELDS_PER_TURN;
      while (this.#left > 0) {
        const next = this.#waiting.shift();
        if (!next) return;
        this.#left -= next.fields;
        next.begin();
      }
      this.#refillLater();
    });
  }
}

const budget = new TurnBudget();

interface Waiting<T> {
  resolve(row: T): void;
  reject(reason: Error): void;
}

/** Resolves when nothing is left of the answers to promises that were kept in this turn, and of what they called. */
const afterPromises = (work: () => void): void => void Promise.resolve().then(() => process.nextTick(work));

/**
 * Hands long lists of one operation on to GraphQL piece by piece, so that completing them does not hold the event loop.
 * What the pieces look up meanwhile is collected, and asked for together when the last one is handed on.
 */
export class ListPacer {
  #underWay = 0;
  #held: (() => void)[] = [];

  /**
   * @param fields of each row: what GraphQL completes once it has it
   * @returns the rows that may be completed now themselves, and promises of the others, kept in order; an Error rejects its own
   */
  handOn<T>(
    rows: readonly (T | Error)[],
    fields: (row: T | Error) => number,
  ): readonly (T | Error | Promise<T>)[] {
    let all = 0;
    for (const row of rows) all += fields(row);
    if (all <= FIELDS_PER_TURN) {
      budget.spend(all);
      return rows;
    }
    let now = 0;
    while (now < rows.length && budget.take(fields(rows[now]!))) now++;
    const later = rows.slice(now);
    const waiting: Waiting<T>[] = [];
    const promises = later.map(
      () => new Promise<T>((resolve, reject) => void waiting.push({ resolve, reject })),
    );
    void this.#keep(later, fields, waiting, promises);
    return [...rows.slice(0, now), ...promises];
  }

  /** When a loader asks for the keys it has collected. */
  schedule(dispatch: () => void): void {
    if (this.#underWay > 0) this.#held.push(dispatch);
    else afterPromises(dispatch);
  }

  async #keep<T>(
    rows: readonly (T | Error)[],
    fields: (row: T | Error) => number,
    waiting: readonly Waiting<T>[],
    promises: readonly Promise<T>[],
  ): Promise<void> {
    const request = currentRequest();
    this.#underWay++;
    let place = 0;
    for (const row of rows) {
      if (!budget.take(fields(row))) await budget.turn(fields(row));
      const { resolve, reject } = waiting[place]!;
      const failure = request?.ended ?? (row instanceof Error ? row : null);
      if (failure) {
        // GraphQL listens to none of them where one of the rows before has failed.
        promises[place]!.catch(() => {});
        reject(failure);
      } else resolve(row as T);
      place++;
    }
    // The last ones are still to ask for what they need.
    setImmediate(() => {
      if (--this.#underWay > 0) return;
      const held = this.#held;
      this.#held = [];
      for (const dispatch of held) dispatch();
    });
  }
}
