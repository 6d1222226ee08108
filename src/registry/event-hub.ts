import type { Notifications } from "../db/notifications.js";
import type { Queryable } from "../db/pool.js";
import { LiveQueue, stoppable } from "./live-queue.js";
import type { RunEvent } from "./run.js";
import { RUN_EVENT } from "./run-store.sql.js";
import { Tail } from "./tail.js";

const PAGE = 500;
/** What a subscriber may lag behind before it reads on from the table. */
const QUEUE_LIMIT = 2_000;

/**
 * Run events, replayed and live. One reader per process follows the table as notifications arrive and hands
 * each event to every subscriber; a subscriber first replays from its own cursor. Events come from any
 * process: the table is the channel, the notification only says that it grew.
 */
export class EventHub {
  /** Everything up to here was handed out; null until the first subscriber. */
  #cursor: string | null = null;
  readonly #queues = new Set<LiveQueue<RunEvent>>();
  readonly #tail = new Tail(() => this.#handOut());

  constructor(
    private readonly db: Queryable,
    listener: Notifications,
  ) {
    listener.on("asof_run_events", () => this.#tail.wake());
    listener.onReconnect(() => this.#tail.wake());
  }

  /**
   * Replays the events after the cursor, then follows live: no event is missed or repeated. Without a cursor, one run is
   * followed from its first event, all runs from now on.
   */
  follow(runId: string | null, after: string | null): AsyncIterableIterator<RunEvent> {
    const queue = new LiveQueue<RunEvent>((event) => runId === null || event.runId === runId, QUEUE_LIMIT);
    this.#queues.add(queue);
    const leave = () => {
      this.#queues.delete(queue);
      queue.end();
    };
    const from = after ?? (runId === null ? null : "0");
    return stoppable(this.#replayThenLive(queue, runId, from, leave), leave);
  }

  async *#replayThenLive(
    queue: LiveQueue<RunEvent>,
    runId: string | null,
    after: string | null,
    leave: () => void,
  ): AsyncGenerator<RunEvent, void, undefined> {
    try {
      const now = await this.#begin();
      let last = BigInt(after ?? now);
      do {
        for (let more = true; more; ) {
          const page = await this.#read(last, runId);
          for (const event of page) yield event;
          if (page.length > 0) last = BigInt(page.at(-1)!.id);
          more = page.length === PAGE;
        }
        for await (const event of queue.drain()) {
          if (BigInt(event.id) <= last) continue;
          yield event;
          last = BigInt(event.id);
        }
      } while (queue.takeOverflow());
    } finally {
      leave();
    }
  }

  /** Ends every subscription. */
  close(): void {
    this.#tail.close();
    for (const queue of this.#queues) queue.end();
  }

  /** The live tail starts where the table ends when the first subscriber comes. */
  async #begin(): Promise<string> {
    if (this.#cursor === null) {
      const { rows } = await this.db.query<{ id: string }>(
        "select coalesce(max(id), 0)::text as id from run_events",
      );
      this.#cursor ??= rows[0]!.id;
      // Notifications before the first cursor had no subscriber.
      this.#tail.wake();
    }
    return this.#cursor;
  }

  async #handOut(): Promise<void> {
    // There is no subscriber yet.
    if (this.#cursor === null) return;
    let page: RunEvent[];
    do {
      page = await this.#read(BigInt(this.#cursor), null);
      for (const event of page) for (const queue of this.#queues) queue.push(event);
      this.#cursor = page.at(-1)?.id ?? this.#cursor;
    } while (page.length === PAGE);
  }

  async #read(after: bigint, runId: string | null): Promise<RunEvent[]> {
    const { rows } = await this.db.query<RunEvent>(
      `select ${RUN_EVENT} from run_events where id > $1 and ($2::uuid is null or run_id = $2) order by id limit ${PAGE}`,
      [String(after), runId],
    );
    return rows;
  }
}
