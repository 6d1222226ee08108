import type { Listener } from "../db/listener.js";
import type { Queryable } from "../db/pool.js";
import { LiveQueue, stoppable } from "./live-queue.js";
import type { RunEvent } from "./run.js";
import { RUN_EVENT } from "./run-store.js";

const PAGE = 500;

/**
 * Run events, replayed and live. One reader per process follows the table as notifications arrive and hands
 * each event to every subscriber; a subscriber first replays from its own cursor. Events come from any
 * process: the table is the channel, the notification only says that it grew.
 */
export class EventHub {
  /** Everything up to here was handed out; null until the first subscriber. */
  #cursor: string | null = null;
  #reading: Promise<void> | null = null;
  #again = false;
  readonly #queues = new Set<LiveQueue<RunEvent>>();

  constructor(
    private readonly db: Queryable,
    listener: Listener,
  ) {
    listener.on("asof_run_events", () => this.#wake());
    listener.onReconnect(() => this.#wake());
  }

  /**
   * Replays what came after the cursor, then goes on live: nothing missed, nothing twice. Without a cursor one
   * run is told from its beginning, all runs from now on.
   */
  follow(runId: string | null, after: string | null): AsyncIterableIterator<RunEvent> {
    const queue = new LiveQueue<RunEvent>((event) => runId === null || event.runId === runId);
    this.#queues.add(queue);
    const from = after ?? (runId === null ? null : "0");
    return stoppable(this.#replayThenLive(queue, runId, from), () => {
      this.#queues.delete(queue);
      queue.end();
    });
  }

  async *#replayThenLive(
    queue: LiveQueue<RunEvent>,
    runId: string | null,
    after: string | null,
  ): AsyncGenerator<RunEvent, void, undefined> {
    await this.#begin();
    let last = after === null ? -1n : BigInt(after);
    for (let more = after !== null; more; ) {
      const page = await this.#read(last, runId);
      for (const event of page) yield event;
      if (page.length > 0) last = BigInt(page.at(-1)!.id);
      more = page.length === PAGE;
    }
    for await (const event of queue.drain()) if (BigInt(event.id) > last) yield event;
  }

  /** Ends every subscription. */
  close(): void {
    for (const queue of this.#queues) queue.end();
  }

  /** The live tail starts where the table ends when the first subscriber comes. */
  async #begin(): Promise<void> {
    if (this.#cursor !== null) return;
    const { rows } = await this.db.query<{ id: string }>(
      "select coalesce(max(id), 0)::text as id from run_events",
    );
    this.#cursor ??= rows[0]!.id;
  }

  #wake(): void {
    if (this.#cursor === null) return;
    this.#again = true;
    this.#reading ??= this.#drain().finally(() => {
      this.#reading = null;
    });
  }

  async #drain(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        let page: RunEvent[];
        do {
          page = await this.#read(BigInt(this.#cursor!), null);
          for (const event of page) for (const queue of this.#queues) queue.push(event);
          this.#cursor = page.at(-1)?.id ?? this.#cursor;
        } while (page.length === PAGE);
      } catch {
        // The connection is gone; the listener wakes this reader again when it is back.
        return;
      }
    }
  }

  async #read(after: bigint, runId: string | null): Promise<RunEvent[]> {
    const { rows } = await this.db.query<RunEvent>(
      `select ${RUN_EVENT} from run_events where id > $1 and ($2::uuid is null or run_id = $2) order by id limit ${PAGE}`,
      [String(after), runId],
    );
    return rows;
  }
}
