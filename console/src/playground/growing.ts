/** Of a subscription's events the newest are shown: what is on screen stays small, however long it is followed. */
const MOST_SHOWN = 1_000;
/** Events that come faster are shown together. */
const TOGETHER_MS = 100;

interface Grown<Event> {
  /** How many came in all. */
  events: number;
  newestFirst: readonly Event[];
}

/**
 * A subscription's events as a growing list, the newest first. Each time the list is whole: a view that shows what came last
 * shows all of it. Ends when the events end, and ends them when its reader leaves.
 */
export async function* growing<Event>(events: AsyncIterable<Event>): AsyncGenerator<Grown<Event>> {
  const source = events[Symbol.asyncIterator]();
  let shown: Event[] = [];
  let count = 0;
  try {
    let next = source.next();
    for (;;) {
      let event = await next;
      if (event.done) return;
      const until = performance.now() + TOGETHER_MS;
      const fresh: Event[] = [];
      // The first event is shown at once, and what came with it.
      for (let waiting = true; waiting; ) {
        fresh.push(event.value);
        next = source.next();
        const first = await Promise.race([next, after(count === 0 ? 0 : until - performance.now())]);
        waiting = first !== null && !first.done;
        if (first !== null && !first.done) event = first;
      }
      count += fresh.length;
      shown = [...fresh.toReversed(), ...shown].slice(0, MOST_SHOWN);
      yield { events: count, newestFirst: shown };
    }
  } finally {
    await source.return?.();
  }
}

const after = (ms: number): Promise<null> =>
  new Promise((resolve) => setTimeout(() => resolve(null), Math.max(0, ms)));
