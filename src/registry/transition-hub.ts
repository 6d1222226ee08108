import type { Notifications } from "../db/notifications.js";
import { LiveQueue, stoppable } from "./live-queue.js";
import type { StageTransition } from "./model.js";
import type { StageHistory } from "./stage-history.js";
import { Tail } from "./tail.js";

/** What a subscriber may lag behind before it reads on from the table. */
const QUEUE_LIMIT = 1_000;

/** Stage transitions as they are committed, by whatever process, to this process's subscribers. */
export class TransitionHub {
  #cursor: string | null = null;
  readonly #queues = new Set<LiveQueue<StageTransition>>();
  readonly #observers = new Set<(model: string) => void>();
  readonly #tail = new Tail(() => this.#handOut());

  constructor(
    private readonly history: StageHistory,
    listener: Notifications,
  ) {
    listener.on("asof_stage_transitions", () => this.#tail.wake());
    listener.onReconnect(() => this.#tail.wake());
  }

  /** From here on: call once, after the listener has started. */
  async start(): Promise<void> {
    this.#cursor = await this.history.lastId();
    // For what was announced meanwhile.
    this.#tail.wake();
  }

  /** Called with a model's name whenever its stages have changed, and for every model after a lost connection. */
  onChange(observer: (model: string) => void): void {
    this.#observers.add(observer);
  }

  follow(model: string | null): AsyncIterableIterator<StageTransition> {
    const wants = (transition: StageTransition) => model === null || transition.model === model;
    const queue = new LiveQueue<StageTransition>(wants, QUEUE_LIMIT);
    this.#queues.add(queue);
    const leave = () => {
      this.#queues.delete(queue);
      queue.end();
    };
    return stoppable(this.#deliver(queue, wants, BigInt(this.#cursor ?? 0)), leave);
  }

  /** A subscriber that was too slow gets what it missed from the table: nothing is lost, nothing comes twice. */
  async *#deliver(
    queue: LiveQueue<StageTransition>,
    wants: (transition: StageTransition) => boolean,
    last: bigint,
  ): AsyncGenerator<StageTransition, void, undefined> {
    for (;;) {
      for await (const transition of queue.drain()) {
        if (BigInt(transition.id) <= last) continue;
        yield transition;
        last = BigInt(transition.id);
      }
      if (!queue.takeOverflow()) return;
      for (const transition of await this.history.after(String(last))) {
        last = BigInt(transition.id);
        if (wants(transition)) yield transition;
      }
    }
  }

  close(): void {
    this.#tail.close();
    for (const queue of this.#queues) queue.end();
  }

  async #handOut(): Promise<void> {
    if (this.#cursor === null) return;
    const transitions = await this.history.after(this.#cursor);
    for (const transition of transitions) for (const queue of this.#queues) queue.push(transition);
    this.#cursor = transitions.at(-1)?.id ?? this.#cursor;
    for (const model of new Set(transitions.map((transition) => transition.model))) {
      for (const observer of this.#observers) observer(model);
    }
  }
}
