import { type Client, type Pool, withTransaction } from "../../db/pool.js";
import type { OnlineStore } from "./online-store.js";

/** Longer than a push takes from its commit to the copy: what waits longer was left behind. */
const LEFT_BEHIND = "queued_at < clock_timestamp() - interval '2 seconds'";

/** SQL: whether pushed values are missing in the copy of the online tables. */
export const PUSHES_WAIT = `exists (select 1 from online_copy_queue where ${LEFT_BEHIND})`;

/**
 * Brings pushed values to the copy of the online tables (Redis), where there is one. Who is to be brought is written in
 * the push's own transaction, so that a crash, or a copy that is away, only delays it: any process brings the rest.
 */
export class OnlineCopyQueue {
  constructor(
    private readonly pool: Pool,
    private readonly online: OnlineStore,
  ) {}

  /** Within the push's transaction. Null where there is no copy. */
  async add(tx: Client, keys: readonly string[]): Promise<string | null> {
    if (!this.online.copy || keys.length === 0) return null;
    const { rows } = await tx.query<{ id: string }>(
      "insert into online_copy_queue (keys) values ($1) returning id",
      [keys],
    );
    return rows[0]!.id;
  }

  /** Within the caller's transaction: of these users nothing is brought any more. */
  static async forget(tx: Client, keys: readonly string[]): Promise<void> {
    for (const key of keys)
      await tx.query("update online_copy_queue set keys = array_remove(keys, $1) where keys @> array[$1]", [
        key,
      ]);
  }

  /** After the push has committed. What fails here is left to `drain`: the push itself is done. */
  async bring(id: string | null, keys: readonly string[]): Promise<void> {
    if (id === null) return;
    try {
      await this.online.refresh(keys);
      await this.pool.query("delete from online_copy_queue where id = $1", [id]);
    } catch {
      // The state of the online store shows it.
    }
  }

  /** Brings what was left behind; returns how many pushes that were. */
  async drain(): Promise<number> {
    if (!this.online.copy) return 0;
    return withTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<{ id: string; keys: string[] }>(
        `delete from online_copy_queue where id in (
           select id from online_copy_queue where ${LEFT_BEHIND} order by id limit 20 for update skip locked)
         returning id, keys`,
      );
      if (rows.length > 0) await this.online.refresh([...new Set(rows.flatMap(({ keys }) => keys))]);
      return rows.length;
    });
  }

  /** Repairs the copy and drains, now and every `intervalMs`; what fails is tried again then. Returns what ends it. */
  start(intervalMs: number): () => void {
    const { copy } = this.online;
    if (!copy) return () => {};
    let isBusy = false;
    const upkeep = async () => {
      if (isBusy) return;
      isBusy = true;
      await copy.repair().catch(() => {});
      await this.#drainAll().catch(() => {});
      isBusy = false;
    };
    void upkeep();
    const timer = setInterval(upkeep, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  }

  async #drainAll(): Promise<void> {
    while ((await this.drain()) > 0);
  }
}
