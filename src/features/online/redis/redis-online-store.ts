import { type Client, type Pool, type Queryable, withTransaction } from "../../../db/pool.js";
import type { Deployment, FeatureView } from "../../../definitions/language/deployment.js";
import { entityOf, keyOf } from "../../../definitions/language/entities.js";
import { type EntityNames, entityNames } from "../../../definitions/language/entity-names.js";
import { AsofError } from "../../../errors/errors.js";
import { holdErasures } from "../../erasure/kept-out.js";
import type { ViewRow } from "../../view-rows.js";
import { PUSHES_WAIT } from "../online-copy-queue.js";
import type { OnlineCopy, OnlineState, OnlineStore } from "../online-store.js";
import { type RedisLink, RedisUnavailableError, Unanswered } from "./redis-link.js";
import { FillMarks } from "./redis-marks.js";
import {
  fieldOf,
  fieldsSignature,
  fillStamp,
  readRow,
  rowText,
  STATE_NUMBER,
  SWEEP_SCRIPT,
  stampedRowsSql,
  WRITE_SCRIPT,
} from "./redis-rows.js";
import type { RedisCommand } from "./redis-servers.js";

const READ_TIMEOUT_MS = 1_000;
const FILL_TIMEOUT_MS = 15_000;
/** A push waits no longer for Redis; what was not written then is brought by the queue. */
const REFRESH_TIMEOUT_MS = 2_000;
/** Nor for a replica. */
const REPLICA_TIMEOUT_MS = 500;
/** Rows on their way to Redis at once: memory does not grow with the users. */
const BATCH = 2_000;

/** SQL: held by a fill, so that a repair does not begin beside it. A fill itself waits for none: another may be frozen. */
const FILLING = "pg_try_advisory_xact_lock(hashtextextended('asof_fill', 0))";

/** What PostgreSQL's online tables hold, as one short text; null before the first materialization. */
const VERSION =
  "select md5(string_agg(view || materialized_at, ',' order by view)) as version from online_views";

const VERSION_AND_QUEUE = `select v.version, ${PUSHES_WAIT} as behind from (${VERSION}) v`;

const UNREACHABLE = Symbol("a server cannot be asked");

export class OnlineStoreUnavailableError extends AsofError {
  constructor(
    readonly users: number,
    { many, manyWords }: EntityNames,
    options?: ErrorOptions,
  ) {
    super(
      "SERVICE_UNAVAILABLE",
      `the online values of ${users} ${manyWords} are not in Redis and PostgreSQL cannot be reached; try again`,
      { [many]: users },
      options,
    );
  }
}

/** Where reads do not wait behind writes, nor behind a replica that is waited for. */
export interface RedisLinks {
  readonly reads: RedisLink;
  readonly writes: RedisLink;
}

/**
 * A copy of the online tables in Redis or Valkey. A user it does not have whole, and every user of a server that cannot
 * be asked, is read from PostgreSQL: an empty, evicted or lost Redis makes answers slower, never wrong.
 */
export class RedisOnlineStore implements OnlineStore {
  readonly copy: OnlineCopy = {
    name: "redis",
    rows: (view, keys) => this.#rowsOf(view, keys),
    users: (view) => this.#usersOf(view),
    repair: () => this.#repair(),
  };
  /** Made once for each list of views that is read. */
  readonly #fields = new WeakMap<readonly FeatureView[], string[]>();
  readonly #marks: FillMarks;
  /** The version that was missing when it was last looked: a job may be about to fill it. */
  #missed: string | null = null;

  private constructor(
    private readonly pool: Pool,
    private readonly deployment: Deployment,
    private readonly truth: OnlineStore,
    private readonly links: RedisLinks,
    /** Names the database, so that two deployments share a Redis without reading each other's users. */
    private readonly prefix: string,
  ) {
    this.#marks = new FillMarks(prefix, fieldsSignature(deployment));
  }

  static async open(
    pool: Pool,
    deployment: Deployment,
    truth: OnlineStore,
    links: RedisLinks,
  ): Promise<RedisOnlineStore> {
    const { rows } = await pool.query<{ id: string }>(
      `select left(md5(system_identifier || '/' || (select oid from pg_database where datname = current_database())), 8) as id
       from pg_control_system()`,
    );
    return new RedisOnlineStore(pool, deployment, truth, links, `asof:${rows[0]!.id}:`);
  }

  async read(
    keys: readonly string[],
    views: readonly FeatureView[] = this.deployment.views,
  ): Promise<(ViewRow | null)[][]> {
    if (views.length === 0) return keys.map(() => []);
    const found = await this.#readRedis(keys, views);
    const missing = keys.flatMap((_, i) => (found[i]?.every((row) => row !== null) ? [] : [i]));
    if (missing.length === 0) return found as (ViewRow | null)[][];
    const ids = missing.map((i) => keys[i]!);
    const read = await this.truth
      .read(ids, views)
      .catch((cause) =>
        Promise.reject(
          new OnlineStoreUnavailableError(
            missing.length,
            entityNames(entityOf(this.deployment, views[0]!.source)),
            { cause },
          ),
        ),
      );
    missing.forEach((i, place) => {
      found[i] = read[place]!;
    });
    return found as (ViewRow | null)[][];
  }

  async #readRedis(
    keys: readonly string[],
    views: readonly FeatureView[],
  ): Promise<((ViewRow | null)[] | null)[]> {
    const names = this.#fieldsOf(views);
    const commands = keys.map((id) => ["HMGET", this.#keyOf(id), ...names]);
    const answers = await this.links.reads.settle(commands, READ_TIMEOUT_MS);
    return answers.map((fields) =>
      fields instanceof Unanswered
        ? null
        : (fields as (string | null)[]).map((text, i) => (text === null ? null : readRow(views[i]!, text))),
    );
  }

  #fieldsOf(views: readonly FeatureView[]): string[] {
    let fields = this.#fields.get(views);
    if (!fields) {
      fields = views.map(fieldOf);
      this.#fields.set(views, fields);
    }
    return fields;
  }

  /**
   * All rows in one consistent reading, then what they do not name is removed, then the mark that it is done:
   * whatever is interrupted, the next fill makes whole.
   */
  async fill(signal?: AbortSignal): Promise<void> {
    await withTransaction(this.pool, async (tx) => {
      await beginReading(tx);
      await tx.query(`select ${FILLING}`);
      await this.#fill(tx, signal);
    });
  }

  async #fill(tx: Client, signal?: AbortSignal): Promise<void> {
    const { rows } = await tx.query<{ fill: string; version: string | null }>(
      `select ${STATE_NUMBER} as fill, v.version from (${VERSION}) v`,
    );
    const stamp = fillStamp(rows[0]!.fill);
    const processes = await this.#marks.processes(this.links.writes);
    for (const view of this.deployment.views) await this.#write(tx, view, stamp, signal);
    await this.#sweep(stamp, signal);
    await this.#marks.write(this.links.writes, processes, stamp, rows[0]!.version ?? "");
  }

  /**
   * Fills again where a server was started again or a replica was promoted, or where what a materialization wrote has
   * not come: then when it is seen a second time, for the materialization fills by itself.
   */
  async #repair(): Promise<void> {
    const needed = async (db: Queryable) => {
      const { rows } = await db.query<{ version: string | null }>(VERSION);
      const version = rows[0]!.version;
      if (version === null) return null;
      const held = await this.#marks.held(this.links.reads, READ_TIMEOUT_MS);
      return held === version ? null : { version, isLost: held === null };
    };
    const seen = await needed(this.pool);
    const isDue = seen !== null && (seen.isLost || this.#missed === seen.version);
    this.#missed = seen?.version ?? null;
    if (!isDue) return;
    await withTransaction(this.pool, async (tx) => {
      await beginReading(tx);
      const { rows } = await tx.query<{ free: boolean }>(`select ${FILLING} as free`);
      if (rows[0]!.free && (await needed(tx))) await this.#fill(tx);
    });
  }

  /** Their rows in one consistent reading; stamped by it, so that no fill that began earlier takes them back. */
  async refresh(keys: readonly string[]): Promise<void> {
    await withTransaction(this.pool, async (tx) => {
      await beginReading(tx);
      const { rows } = await tx.query<{ state: string }>(`select ${STATE_NUMBER} as state`);
      const stamp = fillStamp(rows[0]!.state);
      const calls: RedisCommand[] = [];
      for (const view of this.deployment.views) {
        const sql = stampedRowsSql(keyOf(this.deployment, view.source), view, "some");
        const found = await tx.query<{ key: string; row: string }>(sql, [stamp, keys]);
        for (const { key, row } of found.rows) calls.push([this.#keyOf(key), fieldOf(view), row]);
      }
      for (let from = 0; from < calls.length; from += BATCH) {
        await this.links.writes.runScript(WRITE_SCRIPT, calls.slice(from, from + BATCH), REFRESH_TIMEOUT_MS);
      }
      await this.links.writes.replicated(
        calls.map(([key]) => key!),
        REPLICA_TIMEOUT_MS,
      );
    });
  }

  async forget(userIds: readonly string[]): Promise<void> {
    const keys = userIds.map((id) => this.#keyOf(id));
    for (let from = 0; from < keys.length; from += BATCH) {
      const commands = keys.slice(from, from + BATCH).map((key) => ["DEL", key]);
      await this.links.writes.send(commands, FILL_TIMEOUT_MS);
    }
    await this.links.writes.replicated(keys, REPLICA_TIMEOUT_MS);
  }

  async state(): Promise<OnlineState> {
    const [version, held] = await Promise.all([
      this.pool.query<{ version: string | null; behind: boolean }>(VERSION_AND_QUEUE).then(
        ({ rows }) => (rows[0]!.behind ? "behind" : (rows[0]!.version ?? "")),
        () => null,
      ),
      this.#marks.held(this.links.reads, READ_TIMEOUT_MS).catch(() => UNREACHABLE),
    ]);
    if (version === null && held === UNREACHABLE) return "DOWN";
    // Before the first materialization there is nothing to hold.
    return version !== null && version === (held ?? "") ? "OK" : "DEGRADED";
  }

  async #write(tx: Client, view: FeatureView, stamp: string, signal?: AbortSignal): Promise<void> {
    const field = fieldOf(view);
    await tx.query(
      `declare rows no scroll cursor for ${stampedRowsSql(keyOf(this.deployment, view.source), view, "all")}`,
      [stamp],
    );
    for (;;) {
      signal?.throwIfAborted();
      const { rows } = await tx.query<{ key: string; row: string }>(`fetch ${BATCH} from rows`);
      if (rows.length === 0) break;
      const calls = rows.map(({ key, row }) => [this.#keyOf(key), field, row]);
      await this.links.writes.runScript(WRITE_SCRIPT, calls, FILL_TIMEOUT_MS);
    }
    await tx.query("close rows");
  }

  async #rowsOf(view: FeatureView, keys: readonly string[]): Promise<(string | null)[]> {
    const commands = keys.map((id) => ["HGET", this.#keyOf(id), fieldOf(view)]);
    const answers = (await this.links.writes.send(commands, FILL_TIMEOUT_MS)) as (string | null)[];
    return answers.map((text) => (text === null ? null : rowText(text)));
  }

  async *#usersOf(view: FeatureView): AsyncGenerator<string[]> {
    for await (const keys of this.#scan()) {
      const commands = keys.map((key) => ["HEXISTS", key, fieldOf(view)]);
      const held = await this.links.writes.send(commands, FILL_TIMEOUT_MS);
      yield keys.filter((_, i) => held[i] === 1).map((key) => key.slice(this.prefix.length + 1, -1));
    }
  }

  async #sweep(stamp: string, signal?: AbortSignal): Promise<void> {
    for await (const keys of this.#scan()) {
      signal?.throwIfAborted();
      await this.links.writes.runScript(
        SWEEP_SCRIPT,
        keys.map((key) => [key, stamp]),
        FILL_TIMEOUT_MS,
      );
    }
  }

  /** The keys of all users; SCAN may name one twice. */
  async *#scan(): AsyncGenerator<string[]> {
    const primaries = this.links.writes.primaries();
    if (primaries.length === 0) throw new RedisUnavailableError("not connected");
    for (const primary of primaries) {
      let cursor = "0";
      do {
        const scan = ["SCAN", cursor, "MATCH", `${this.prefix}{*`, "COUNT", String(BATCH)];
        const [next, keys] = (await this.links.writes.ask(primary, scan, FILL_TIMEOUT_MS)) as [
          string,
          string[],
        ];
        cursor = String(next);
        yield keys;
      } while (cursor !== "0");
    }
  }

  /** The braces are a Cluster's hash tag; every command and script touches one key only. */
  #keyOf(key: string): string {
    return `${this.prefix}{${key}}`;
  }
}

/** One consistent reading. Whoever is erased meanwhile is forgotten after what was read of them is written, not before. */
async function beginReading(tx: Client): Promise<void> {
  await tx.query("set transaction isolation level repeatable read, read only");
  await holdErasures(tx);
}
