import pg from "pg";
import { AsofError } from "../errors/errors.js";
import { FairQueue, type QueueLimits } from "./fair-queue.js";
import { LaneClient, type Session } from "./lane-client.js";
import { type Client, type Pool, poolConfig } from "./pool.js";

export interface LaneOptions {
  name: string;
  /** Connections that nobody else may take. */
  reserved: number;
  /** With those that it shares with others. */
  most: number;
  /** null: everything that asks waits, for as long as it takes. */
  queue: QueueLimits | null;
  session: Session;
}

const ENDED = "Cannot use a pool after calling end on the pool";
const IDLE_MS = 10_000;
/** As pg says it of a server that does not answer. */
const TIMED_OUT = /^timeout expired/;

/**
 * All connections of a process but those that LISTEN and the run engine's own. Each lane has some to itself, so that what
 * must be answered is answered whatever else is asked; the others are whoever's comes first. Whoever waits does so in its
 * lane's queue, none within pg.
 */
export class LanePool {
  readonly #lanes: Lane[] = [];
  readonly #clients = new Set<LaneClient>();
  /** Connections that are being opened have a place, too. */
  #opening = 0;
  readonly #idle: LaneClient[] = [];
  readonly #connected = new Set<(client: LaneClient) => void>();
  #ending: (() => void) | null = null;
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  constructor(
    private readonly url: string,
    /** Beside those that are reserved. */
    private readonly shared: number,
    private readonly endGraceMs: number,
  ) {}

  lane(options: LaneOptions): Lane {
    const lane = new Lane(options, this);
    this.#lanes.push(lane);
    return lane;
  }

  /** Tells of every connection that is opened from now on. */
  onConnect(listener: (client: LaneClient) => void): void {
    this.#connected.add(listener);
  }

  get #most(): number {
    return this.#lanes.reduce((sum, { options: { reserved } }) => sum + reserved, this.shared);
  }

  /** Whether the lane may use another connection. */
  admits({ used, options: { reserved, most } }: Lane): boolean {
    if (this.#ended || used >= most) return false;
    if (used < reserved) return true;
    const shared = this.#lanes.reduce((sum, lane) => sum + Math.max(0, lane.used - lane.options.reserved), 0);
    return shared < this.shared;
  }

  /** Lets go on who waits and can. */
  pulse(): void {
    for (const lane of this.#lanes) while (this.admits(lane) && lane.beginNext());
  }

  /** A connection for a lane that was admitted: one that it had before, a new one, or one that another lane had. */
  async take({ options: { session } }: Lane): Promise<LaneClient> {
    const own = this.#idle.findLastIndex((client) => client.session === session);
    if (own >= 0) return this.#wake(own);
    if (this.#clients.size + this.#opening < this.#most || this.#idle.length === 0)
      return this.#open(session);
    const client = this.#wake(this.#idle.length - 1);
    const before = client.session!;
    client.session = null;
    try {
      await client.change(changeOf(before, session));
    } catch (error) {
      this.#remove(client);
      throw error;
    }
    client.session = session;
    return client;
  }

  giveBack(client: LaneClient, broken: boolean): void {
    if (broken || client.broken || this.#ended) this.#remove(client);
    else {
      this.#idle.push(client);
      // What is reserved stays open: on a busy machine opening it takes longer than a probe waits.
      const { session } = client;
      const reserved = this.#lanes.find(({ options }) => options.session === session)?.options.reserved ?? 0;
      if (session && this.idleOf(session) <= reserved) return;
      client.timer = setTimeout(() => this.#remove(client), IDLE_MS);
    }
    this.#endIfDone();
  }

  idleOf(session: Session): number {
    return this.#idle.filter((client) => client.session === session).length;
  }

  /** Waits for what is under way, but not for ever: then connections are cut, which rolls back. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    for (const lane of this.#lanes) lane.close();
    for (const client of [...this.#idle]) this.#remove(client);
    const cut = setTimeout(() => {
      for (const client of this.#clients) this.#remove(client);
      this.#ending?.();
    }, this.endGraceMs);
    await new Promise<void>((resolve) => {
      this.#ending = resolve;
      this.#endIfDone();
    });
    clearTimeout(cut);
  }

  #endIfDone(): void {
    if (this.#ended && this.#clients.size === 0 && this.#opening === 0) this.#ending?.();
  }

  #wake(index: number): LaneClient {
    const [client] = this.#idle.splice(index, 1);
    clearTimeout(client!.timer);
    return client!;
  }

  async #open(session: Session): Promise<LaneClient> {
    const client = new LaneClient(poolConfig(this.url, this.#most, optionsOf(session)));
    // One that breaks is replaced by the next statement; without a listener it would end the process.
    client.on("error", () => this.#lost(client));
    client.on("end", () => this.#lost(client));
    this.#opening++;
    try {
      await client.connect();
    } catch (error) {
      void client.end().catch(() => {});
      throw TIMED_OUT.test((error as Error).message)
        ? new Error("Connection terminated due to connection timeout", { cause: error })
        : error;
    } finally {
      this.#opening--;
      this.#endIfDone();
    }
    if (this.#ended) {
      void client.end().catch(() => {});
      throw new Error(ENDED);
    }
    client.session = session;
    this.#clients.add(client);
    for (const listener of this.#connected) listener(client);
    return client;
  }

  #lost(client: LaneClient): void {
    client.broken = true;
    if (this.#idle.includes(client)) this.#remove(client);
  }

  #remove(client: LaneClient): void {
    clearTimeout(client.timer);
    const index = this.#idle.indexOf(client);
    if (index >= 0) this.#idle.splice(index, 1);
    this.#clients.delete(client);
    void client.end().catch(() => {});
    this.#endIfDone();
  }
}

/** Some of a pool's connections, used as a pool of their own. */
export class Lane {
  used = 0;
  readonly #queue: FairQueue;

  constructor(
    readonly options: LaneOptions,
    private readonly pool: LanePool,
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

const optionsOf = ({ settings, timeoutMs }: Session): string =>
  Object.entries(withTimeout(settings, timeoutMs))
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");

const withTimeout = (settings: Session["settings"], timeoutMs: number | null): Session["settings"] =>
  timeoutMs ? { ...settings, statement_timeout: String(timeoutMs) } : settings;

/** What makes a connection of one lane one of another. */
function changeOf(from: Session, to: Session): string {
  const [before, after] = [
    withTimeout(from.settings, from.timeoutMs),
    withTimeout(to.settings, to.timeoutMs),
  ];
  const set = Object.entries(after).map(([name, value]) => `set ${name} = '${value}'`);
  // `reset` would go back to what the connection was opened with, which may be another lane's.
  const reset = Object.keys(before).filter((name) => !(name in after));
  return (
    [...set, ...reset.map((name) => `set ${name} to ${DEFAULTS[name] ?? "default"}`)].join("; ") || "select 1"
  );
}

const DEFAULTS: Record<string, string> = { statement_timeout: "0", plan_cache_mode: "auto" };
