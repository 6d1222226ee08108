import pg from "pg";
import { AsofError } from "../errors/errors.js";
import { FairQueue, type QueueLimits } from "./fair-queue.js";
import type { LaneClient, Session } from "./lane-client.js";
import type { Client, Pool } from "./pool.js";

/** Connections that no lane but those of one group may take. */
export interface LaneGroup {
  reserved: number;
  /** Whether they stay open: on a busy machine opening one takes longer than a probe waits. */
  keepOpen: boolean;
}

export interface LaneOptions {
  name: string;
  group: LaneGroup;
  /** With those that it shares with others. */
  most: number;
  /** null: everything that asks waits, for as long as it takes. */
  queue: QueueLimits | null;
  session: Session;
}

/** The connections that lanes share. */
export interface ConnectionsOfLanes {
  readonly ended: boolean;
  /** Whether the lane may use another connection. */
  admits(lane: Lane): boolean;
  /** A connection for a lane that was admitted. */
  take(lane: Lane): Promise<LaneClient>;
  giveBack(client: LaneClient, broken: boolean): void;
  /** Lets go on who waits and can. */
  pulse(): void;
  idleOf(session: Session): number;
  /** Tells of every connection that is opened from now on. */
  onConnect(listener: (client: LaneClient) => void): void;
  end(): Promise<void>;
}

export const ENDED = "Cannot use a pool after calling end on the pool";

/** Some of a pool's connections, used as a pool of their own. */
export class Lane {
  used = 0;
  readonly #queue: FairQueue;

  constructor(
    readonly options: LaneOptions,
    private readonly pool: ConnectionsOfLanes,
  ) {
    this.#queue = new FairQueue(`all connections for ${options.name} are in use`, options.queue);
  }

  /** As the rest of the program knows connections. */
  asPool(): Pool {
    return this as unknown as Pool;
  }

  get totalCount(): number {
    return this.used + this.idleCount;
  }
  get idleCount(): number {
    return this.pool.idleOf(this.options.session);
  }
  get waitingCount(): number {
    return this.#queue.length;
  }

  /** @throws {ServiceBusyError} too many wait for this lane */
  async connect(): Promise<Client> {
    if (this.pool.ended) throw new Error(ENDED);
    const asker = this.#queue.enter();
    if (asker.scope?.ended) throw asker.scope.ended;
    if (this.#queue.length === 0 && this.#queue.mayHave(asker) && this.pool.admits(this)) {
      this.used++;
      asker.held++;
    } else {
      const turn = this.#queue.wait(asker);
      // Those before it may all have as many as they may have at a time.
      this.pool.pulse();
      await turn;
    }
    const left = () => {
      this.used--;
      asker.held--;
      this.#queue.forget(asker);
    };
    let client: LaneClient;
    try {
      client = await this.pool.take(this);
    } catch (error) {
      left();
      this.pool.pulse();
      throw error;
    }
    client.release = (broken) => {
      client.release = () => {
        throw new Error("the connection was released before");
      };
      left();
      this.pool.giveBack(client, Boolean(broken));
      this.pool.pulse();
    };
    return client as unknown as Client;
  }

  /** In the context of the request that waits, not of the one that frees the connection. */
  async query(...args: unknown[]): Promise<unknown> {
    const client = await this.connect();
    let failure: Error | undefined;
    try {
      return await (client.query as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      client.release(isOfStatement(failure) ? undefined : failure);
    }
  }

  on(event: string, listener: (client: LaneClient) => void): this {
    if (event === "connect") this.pool.onConnect(listener);
    return this;
  }

  beginNext(): boolean {
    const next = this.#queue.next();
    if (next) this.used++;
    return next !== null;
  }

  close(): void {
    this.#queue.close(new Error(ENDED));
  }

  async end(): Promise<void> {
    await this.pool.end();
  }
}

/** PostgreSQL refused a statement and waits for the next: the connection is as good as before. */
const isOfStatement = (error: Error | undefined): boolean =>
  error === undefined || error instanceof pg.DatabaseError || error instanceof AsofError;
