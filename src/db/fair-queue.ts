import { ServiceBusyError } from "../errors/limit-errors.js";
import { currentRequest, type RequestScope } from "../observability/request-scope.js";

/** What may wait in a lane. */
export interface QueueLimits {
  /** Requests that wait for their first connection; of one caller half as many. */
  requests: number;
  /** Longest that one of them waits. */
  waitMs: number;
  /** Connections that one request has at a time: what it asks beyond them waits for its own. */
  perRequest: number;
}

interface Waiter {
  asker: Asker;
  begin(): void;
  refuse(reason: Error): void;
}

/** A request, or what belongs to none, while it has connections or waits for some. */
export interface Asker {
  scope: RequestScope | undefined;
  caller: string;
  held: number;
  waiting: number;
  /** Of what is given out, where one takes more of it than another. */
  weight: number;
}

/** Work of nobody's in particular: of timers, subscriptions and what several requests share. */
const NOBODY = "";

/**
 * Who waits for something there is not enough of, such as a connection. Callers take turns, whoever asks how much; each caller's requests come in their
 * order. A request that ends gives up its places; one that comes when too many wait is refused at once.
 */
export class FairQueue {
  /** By caller, in the order of their turns. */
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #askers = new Map<RequestScope, Asker>();
  #length = 0;

  constructor(
    /** Why anybody waits, as who is refused is told. */
    private readonly reason: string,
    private readonly limits: QueueLimits | null,
  ) {}

  get length(): number {
    return this.#length;
  }

  /** Who asks now; `forget` it once it has nothing any more. */
  enter(weight = 1): Asker {
    const scope = currentRequest();
    if (!scope) return { scope, caller: NOBODY, held: 0, waiting: 0, weight };
    let asker = this.#askers.get(scope);
    if (!asker) {
      asker = { scope, caller: scope.caller, held: 0, waiting: 0, weight };
      this.#askers.set(scope, asker);
    }
    return asker;
  }

  /** Whether it may have another connection now, were one free. */
  mayHave({ held }: Asker): boolean {
    return !this.limits || held < this.limits.perRequest;
  }

  forget(asker: Asker): void {
    if (asker.scope && asker.held === 0 && asker.waiting === 0) this.#askers.delete(asker.scope);
  }

  /** @throws {ServiceBusyError} too many wait, or it waited for too long @throws what the request ended with */
  wait(asker: Asker): Promise<void> {
    this.#refuseBeyond(asker);
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const leave = () => {
        clearTimeout(timer);
        stop?.();
        asker.waiting--;
        this.#length--;
      };
      const waiter: Waiter = {
        asker,
        begin: () => {
          leave();
          resolve();
        },
        refuse: (reason) => {
          if (!this.#remove(waiter)) return;
          leave();
          this.forget(asker);
          reject(reason);
        },
      };
      const stop = asker.scope?.onEnd(waiter.refuse);
      const { waitMs = 0 } = this.limits ?? {};
      if (waitMs > 0)
        timer = setTimeout(() => waiter.refuse(this.#busy(`it waited for ${waitMs} ms`)), waitMs);
      const line = this.#waiting.get(asker.caller);
      if (line) line.push(waiter);
      else this.#waiting.set(asker.caller, [waiter]);
      asker.waiting++;
      this.#length++;
    });
  }

  /**
   * Lets the next one begin.
   * @param fits whether there is enough for it: where there is not, those after it wait, too
   * @returns who it is; null: nobody can begin now
   */
  next(fits: (asker: Asker) => boolean = () => true): Asker | null {
    for (const [caller, line] of this.#waiting) {
      const index = line.findIndex(({ asker }) => this.mayHave(asker));
      if (index < 0) continue;
      if (!fits(line[index]!.asker)) return null;
      const [waiter] = line.splice(index, 1);
      // Its turn is over: it is last now.
      this.#waiting.delete(caller);
      if (line.length > 0) this.#waiting.set(caller, line);
      waiter!.asker.held++;
      waiter!.begin();
      return waiter!.asker;
    }
    return null;
  }

  /** Refuses all who wait, as there will be no connections any more. */
  close(reason: Error): void {
    for (const line of [...this.#waiting.values()]) for (const waiter of [...line]) waiter.refuse(reason);
  }

  #remove(waiter: Waiter): boolean {
    const line = this.#waiting.get(waiter.asker.caller);
    const index = line?.indexOf(waiter) ?? -1;
    if (index < 0) return false;
    line!.splice(index, 1);
    if (line!.length === 0) this.#waiting.delete(waiter.asker.caller);
    return true;
  }

  /** What has connections already is let go on: it was taken on. */
  #refuseBeyond(asker: Asker): void {
    if (!this.limits || asker.held > 0 || asker.waiting > 0) return;
    const { requests } = this.limits;
    const first = (line: readonly Waiter[]) =>
      new Set(line.filter(({ asker: { held } }) => held === 0).map(({ asker: each }) => each)).size;
    let all = 0;
    for (const line of this.#waiting.values()) all += first(line);
    const own = first(this.#waiting.get(asker.caller) ?? []);
    if (all < requests && own < requests / 2) return;
    this.forget(asker);
    throw this.#busy(
      all < requests ? `${own} requests of the same caller wait already` : `${all} requests wait already`,
    );
  }

  #busy(why: string): ServiceBusyError {
    return new ServiceBusyError(`${this.reason}, and ${why}`);
  }
}
