/** One piece of work at a time for each name, in the order they came, and no more than so many waiting or under way. */
export class KeyedQueue {
  readonly #queues = new Map<string, { length: number; last: Promise<unknown> }>();

  constructor(
    private readonly limit: number,
    private readonly refusal: (name: string) => Error,
  ) {}

  /** @throws what `refusal` makes where the queue is full, and what `work` throws */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(name) ?? { length: 0, last: Promise.resolve() };
    if (queue.length === this.limit) throw this.refusal(name);
    queue.length++;
    const turn = queue.last.then(work);
    queue.last = turn.catch(() => {});
    this.#queues.set(name, queue);
    try {
      return await turn;
    } finally {
      queue.length--;
      if (queue.length === 0) this.#queues.delete(name);
    }
  }
}
