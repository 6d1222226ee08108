import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Logger } from "pino";
import { AsofError } from "../errors/errors.js";
import { outsideRequests } from "../observability/request-scope.js";
import { type Lanes, type LanesOptions, openLanes } from "./lanes-of-process.js";
import { lendUntil } from "./lend-until.js";
import type { Client, Pool, Queryable } from "./pool.js";
import { FLUSHED, type Lsn, lsnOf, REPLAYED, ReplicaWatch } from "./replica-watch.js";

/** How often, and after what pause, it is asked again whether the standby has come to where a read has to be. */
const TRIES = 4;
const PAUSE_MS = 2;

/**
 * What is read from a standby where it has all that was acknowledged before the read began, otherwise from the primary. Each
 * connection is asked by itself: an address may lead to several standbys.
 */
export class ReadReplica {
  readonly #lanes: ReturnType<typeof openLanes>;
  readonly #watch: ReplicaWatch;
  /** How far the server of a connection was when it was last asked: it only goes on. */
  readonly #replayed = new WeakMap<Client, Lsn>();
  #asking: Promise<Lsn> | null = null;
  /** For those who came after the primary was asked. */
  #next: Promise<Lsn> | null = null;
  /** Ends the reads that wait for it. */
  readonly #waiting = new Set<(error: Error) => void>();
  /** Reads that went to each side. */
  readonly reads = { replica: 0, primary: 0 };

  constructor(
    url: string,
    private readonly primary: Lanes,
    options: LanesOptions,
    maxLagMs: number,
    logger: Pick<Logger, "warn" | "info">,
  ) {
    this.#lanes = openLanes({ url, pooled: false }, options);
    const changed = (problem: string | null) => {
      if (problem) logger.warn({ problem }, "the read replica is not used");
      else logger.info("the read replica is used");
    };
    this.#watch = new ReplicaWatch(primary.health, this.#lanes.health, maxLagMs, changed, (error) => {
      for (const end of this.#waiting) end(error);
    });
  }

  /** Resolves after the first look at it, whatever it says. */
  start(): Promise<void> {
    return outsideRequests(() => this.#watch.start());
  }

  /** Why it is not used; null: it is. */
  get problem(): string | null {
    return this.#watch.problem;
  }

  /** The same as the primary's lane, for what only reads and is one statement. */
  over(lane: "predictions" | "requests"): Queryable {
    const [primary, replica] = [this.primary[lane], this.#lanes[lane]];
    const query = async (...args: unknown[]) => {
      const read = this.problem === null ? await this.#read(replica, args) : null;
      this.reads[read ? "replica" : "primary"]++;
      return read ? read.answer : (primary.query as Query)(...args);
    };
    return { query } as unknown as Queryable;
  }

  async end(): Promise<void> {
    this.#watch.end();
    await this.#lanes.end();
  }

  /** @returns null: it has to be read from the primary */
  async #read(replica: Pool, args: unknown[]): Promise<{ answer: unknown } | null> {
    try {
      const wanted = await this.#acknowledged();
      return await this.#asLongAsItAnswers(replica, async (client) => {
        if (!(await this.#has(client, wanted))) return null;
        return { answer: await (client.query as Query)(...args) };
      });
    } catch (error) {
      if (!isOfReplica(error)) throw error;
      if (!(error instanceof pg.DatabaseError)) this.#watch.failed(error as Error);
      return null;
    }
  }

  async #asLongAsItAnswers<T>(replica: Pool, work: (client: Client) => Promise<T>): Promise<T> {
    let end: (error: Error) => void;
    const lost = new Promise<never>((_, reject) => {
      end = reject;
    });
    this.#waiting.add(end!);
    return lendUntil(replica, lost, work).finally(() => this.#waiting.delete(end));
  }

  async #has(client: Client, wanted: Lsn): Promise<boolean> {
    for (let tries = 0; (this.#replayed.get(client) ?? 0n) < wanted; tries++) {
      if (tries === TRIES) return false;
      if (tries > 0) await delay(PAUSE_MS);
      this.#replayed.set(client, await lsnFrom(client, REPLAYED));
    }
    return true;
  }

  /** A place in the primary's log: all that was acknowledged before this call is before it. Who asks at once shares an answer. */
  #acknowledged(): Promise<Lsn> {
    if (!this.#asking) return this.#ask();
    this.#next ??= this.#asking.catch(() => {}).then(() => this.#ask());
    return this.#next;
  }

  #ask(): Promise<Lsn> {
    this.#next = null;
    const asking = outsideRequests(() => lsnFrom(this.primary.health, FLUSHED)).finally(() => {
      if (this.#asking === asking) this.#asking = null;
    });
    this.#asking = asking;
    return asking;
  }
}

type Query = (...args: unknown[]) => Promise<unknown>;

async function lsnFrom(db: Queryable, sql: string): Promise<Lsn> {
  const { rows } = await db.query<{ lsn: string | null }>(sql);
  return lsnOf(rows[0]!.lsn ?? "0/0");
}

/** A conflict with what is replayed, or a server that stops; what the statement itself is wrong about is wrong everywhere. */
const OF_REPLICA = /^(40001|40P01|25006|57P0\d|53\d{3}|08\d{3})$/;

const isOfReplica = (error: unknown): boolean =>
  error instanceof pg.DatabaseError ? OF_REPLICA.test(error.code ?? "") : !(error instanceof AsofError);
