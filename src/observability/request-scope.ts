import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<RequestScope | undefined>();
/** Requests answered within it at this moment. */
let within = 0;

/** One request, or one operation over WebSocket, while it is answered: whatever it calls can ask for it. */
export class RequestScope {
  readonly startedAt = performance.now();
  /** Whether it is worth nothing once its client is gone; a mutation is. */
  abandonable = true;
  /** W3C Trace Context: of its span, or, where nothing is traced, of its caller. */
  traceparent: string | undefined;
  /** Set where something of it was refused because the process was busy: when to try again. */
  retryAfterSeconds: number | null = null;
  /** Who asks: callers take turns where there is not enough for all. */
  caller = "";
  #ended: Error | null = null;
  readonly #listeners = new Set<(reason: Error) => void>();

  constructor(
    /** As its log line and its answer's `x-request-id` say. */
    readonly id: string,
    /** Such as `POST /predict`. */
    readonly what: string,
  ) {}

  /** Why it must ask for nothing more; null as long as it may. */
  get ended(): Error | null {
    return this.#ended;
  }

  /** Stops what it has under way, and refuses what it asks for later, with `reason`. Only the first one counts. */
  end(reason: Error): void {
    if (this.#ended) return;
    this.#ended = reason;
    for (const listener of this.#listeners) listener(reason);
    this.#listeners.clear();
  }

  /** @returns what ends the listening */
  onEnd(listener: (reason: Error) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    within++;
    const left = () => void within--;
    const answer = current.run(this, work);
    answer.then(left, left);
    return answer;
  }
}

/** The request on whose behalf this code runs; none in runs, timers and what several requests share. */
export const currentRequest = (): RequestScope | undefined => current.getStore();

/** For work that others wait for, too: it must not end with the request that happened to begin it. */
export const outsideRequests = <T>(work: () => T): T =>
  within === 0 ? detached(work) : current.run(undefined, work);

/**
 * For what needs no request's context. As long as there is one, Node 20 calls hooks for every promise of the process, a
 * tenth of what a prediction costs: so where nobody is within one, they are taken away until somebody is.
 */
export function detached<T>(work: () => T): T {
  if (within === 0) current.disable();
  return work();
}
