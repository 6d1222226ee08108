import { type ConnectionsOfLanes, ENDED, Lane, type LaneGroup, type LaneOptions } from "./lane.js";
import { LaneClient, type Session } from "./lane-client.js";
import { poolConfig } from "./pool.js";
import { changeOf, optionsOf, settingsAfter } from "./session-settings.js";

/** Where connections lead. */
export interface PoolTarget {
  url: string;
  /** To a pooler in transaction mode: no setting, no named statement and no process id outlives a transaction. */
  pooled: boolean;
}

const IDLE_MS = 10_000;
/** As pg says it of a server that does not answer. */
const TIMED_OUT = /^timeout expired/;

/**
 * All connections of a process but those that LISTEN and the run engine's own. Each group of lanes has some to itself, so that
 * what must be answered is answered whatever else is asked; the others are whoever's comes first. Whoever waits does so in
 * its lane's queue, none within pg.
 */
export class LanePool implements ConnectionsOfLanes {
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
    private readonly target: PoolTarget,
    /** Beside those that are reserved. */
    private readonly shared: number,
    private readonly endGraceMs: number,
  ) {}

  lane(options: LaneOptions): Lane {
    const lane = new Lane(options, this);
    this.#lanes.push(lane);
    return lane;
  }

  onConnect(listener: (client: LaneClient) => void): void {
    this.#connected.add(listener);
  }

  get #most(): number {
    return [...this.#groups].reduce((sum, { reserved }) => sum + reserved, this.shared);
  }

  get #groups(): Set<LaneGroup> {
    return new Set(this.#lanes.map(({ options: { group } }) => group));
  }

  #usedBy(group: LaneGroup): number {
    return this.#lanes.reduce((sum, lane) => sum + (lane.options.group === group ? lane.used : 0), 0);
  }

  admits({ used, options: { group, most } }: Lane): boolean {
    if (this.#ended || used >= most) return false;
    if (this.#usedBy(group) < group.reserved) return true;
    let shared = 0;
    for (const each of this.#groups) shared += Math.max(0, this.#usedBy(each) - each.reserved);
    return shared < this.shared;
  }

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
      const change = this.target.pooled ? "" : changeOf(before, session);
      if (change) await client.change(change);
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
      const group = this.#groupOf(client);
      const idle = this.#idle.filter((each) => this.#groupOf(each) === group).length;
      if (group?.keepOpen && idle <= group.reserved) return;
      client.timer = setTimeout(() => this.#remove(client), IDLE_MS);
    }
    this.#endIfDone();
  }

  #groupOf({ session }: LaneClient): LaneGroup | undefined {
    return this.#lanes.find(({ options }) => options.session === session)?.options.group;
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
    const { url, pooled } = this.target;
    const client = new LaneClient(poolConfig(url, this.#most, pooled ? null : optionsOf(session)), pooled);
    // One that breaks is replaced by the next statement; without a listener it would end the process.
    client.on("error", () => this.#lost(client));
    client.on("end", () => this.#lost(client));
    this.#opening++;
    try {
      await client.connect();
      const settings = pooled ? "" : settingsAfter(session);
      if (settings) await client.change(settings);
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
