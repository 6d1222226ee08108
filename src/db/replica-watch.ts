import { performance } from "node:perf_hooks";
import { lendUntil } from "./lend-until.js";
import type { Pool, Queryable } from "./pool.js";

const WATCH_MS = 1_000;
/** What a standby that is well answers in, on a machine that is busy. */
const ANSWER_MS = 2_000;

/** Where a server's log is, as a number that grows. */
export type Lsn = bigint;

interface Side {
  standby: boolean;
  system: string;
  lsn: string | null;
}

/** `pg_current_wal_flush_lsn`: all that was acknowledged is before it. */
export const FLUSHED = "select pg_current_wal_flush_lsn()::text as lsn";
export const REPLAYED = "select pg_last_wal_replay_lsn()::text as lsn";

const SIDE = `select pg_is_in_recovery() as standby, current_database() || ' of ' || system_identifier as system,
  (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end)::text as lsn
  from pg_control_system()`;

/** `16/B374D848`: the two halves of 64 bits. */
export function lsnOf(text: string): Lsn {
  const [high, low] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/**
 * Looks once a second how far a standby is behind. Its lag is the age of the oldest place in the primary's log, of those seen
 * here, that it has not replayed: no clock but this process's is asked.
 */
export class ReplicaWatch {
  /** Places that the standby has not reached yet, the oldest first. */
  #ahead: { lsn: Lsn; at: number }[] = [];
  #timer: NodeJS.Timeout | null = null;
  #ended = false;
  /** Why it is not read from; null: it is. */
  problem: string | null = "it was not looked at yet";

  constructor(
    private readonly primary: Queryable,
    private readonly replica: Pool,
    private readonly maxLagMs: number,
    private readonly changed: (problem: string | null) => void,
    /** It does not answer: nor will what is read from it. */
    private readonly lost: (error: Error) => void,
  ) {}

  /** Looks at once, and on. Resolves after the first look. */
  async start(): Promise<void> {
    await this.#look();
    if (!this.#ended) this.#timer = setTimeout(() => void this.start(), WATCH_MS);
    this.#timer?.unref();
  }

  end(): void {
    this.#ended = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** It failed at a read: it is not read from until the next look. */
  failed(error: Error): void {
    this.#set(`it cannot be reached: ${error.message}`);
  }

  async #look(): Promise<void> {
    try {
      const primary = await sideOf(this.primary);
      const replica = await this.#sideInTime();
      this.#set(this.#problemOf(primary, replica));
    } catch (error) {
      this.failed(error as Error);
    }
  }

  async #sideInTime(): Promise<Side> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new Error(`it did not answer within ${ANSWER_MS} ms`);
        this.lost(error);
        reject(error);
      }, ANSWER_MS);
    });
    return lendUntil(this.replica, late, sideOf).finally(() => clearTimeout(timer));
  }

  #problemOf(primary: Side, replica: Side): string | null {
    if (!replica.standby) return "it is no standby: it does not follow another server";
    if (replica.system !== primary.system) return "it is no copy of this database";
    if (primary.lsn === null || replica.lsn === null) return "it has replayed nothing yet";
    const now = performance.now();
    const replayed = lsnOf(replica.lsn);
    this.#ahead.push({ lsn: lsnOf(primary.lsn), at: now });
    this.#ahead = this.#ahead.filter(({ lsn }) => lsn > replayed);
    const lagMs = now - (this.#ahead[0]?.at ?? now);
    if (lagMs <= this.maxLagMs) return null;
    return `it is ${Math.round(lagMs / 1_000)} s behind, and ${this.maxLagMs} ms are allowed (DATABASE_READ_MAX_LAG_MS)`;
  }

  #set(problem: string | null): void {
    const before = this.problem;
    this.problem = problem;
    if ((before === null) !== (problem === null)) this.changed(problem);
  }
}

async function sideOf(db: Queryable): Promise<Side> {
  const { rows } = await db.query<Side>(SIDE);
  return rows[0]!;
}
