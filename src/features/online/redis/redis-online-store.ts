import { type Client, type Pool, withTransaction } from "../../../db/pool.js";
import type { Deployment, FeatureView } from "../../../definitions/language/deployment.js";
import { type EntityNames, entityNames } from "../../../definitions/language/entity-names.js";
import { AsofError } from "../../../errors/errors.js";
import type { ViewRow } from "../../view-rows.js";
import { PUSHES_WAIT } from "../online-copy-queue.js";
import type { OnlineCopy, OnlineState, OnlineStore } from "../online-store.js";
import type { RedisCommand, RedisLink } from "./redis-link.js";
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

const READ_TIMEOUT_MS = 1_000;
const FILL_TIMEOUT_MS = 15_000;
/** A push waits no longer for Redis; what was not written then is brought by the queue. */
const REFRESH_TIMEOUT_MS = 2_000;
/** Rows on their way to Redis at once: memory does not grow with the users. */
const BATCH = 2_000;

/** What PostgreSQL's online tables hold, as one short text; null before the first materialization. */
const VERSION =
  "select md5(string_agg(view || materialized_at, ',' order by view)) as version from online_views";

const VERSION_AND_QUEUE = `select v.version, ${PUSHES_WAIT} as behind from (${VERSION}) v`;

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

/**
 * A copy of the online tables in Redis or Valkey. A user it does not have whole, and every user while it cannot
 * be asked, is read from PostgreSQL: an empty, evicted or lost Redis makes answers slower, never wrong.
 */
export class RedisOnlineStore implements OnlineStore {
  readonly copy: OnlineCopy = {
    name: "redis",
    rows: (view, userIds) => this.#rowsOf(view, userIds),
    users: (view) => this.#usersOf(view),
  };
  /** Made once for each list of views that is read. */
  readonly #fields = new WeakMap<readonly FeatureView[], string[]>();
  readonly #signature: string;

  private constructor(
    private readonly pool: Pool,
    private readonly deployment: Deployment,
    private readonly truth: OnlineStore,
    private readonly redis: RedisLink,
    /** Names the database, so that two deployments share a Redis without reading each other's users. */
    private readonly prefix: string,
  ) {
    this.#signature = fieldsSignature(deployment);
  }

  static async open(
    pool: Pool,
    deployment: Deployment,
    truth: OnlineStore,
    redis: RedisLink,
  ): Promise<RedisOnlineStore> {
    const { rows } = await pool.query<{ id: string }>(
      `select left(md5(system_identifier || '/' || (select oid from pg_database where datname = current_database())), 8) as id
       from pg_control_system()`,
    );
    return new RedisOnlineStore(pool, deployment, truth, redis, `asof:${rows[0]!.id}:`);
  }

  async read(
    userIds: readonly string[],
    views: readonly FeatureView[] = this.deployment.views,
  ): Promise<(ViewRow | null)[][]> {
    if (views.length === 0) return userIds.map(() => []);
    const found = await this.#readRedis(userIds, views);
    const missing = userIds.flatMap((_, i) => (found[i]?.every((row) => row !== null) ? [] : [i]));
    if (missing.length === 0) return found as (ViewRow | null)[][];
    const ids = missing.map((i) => userIds[i]!);
    const read = await this.truth
      .read(ids, views)
      .catch((cause) =>
        Promise.reject(
          new OnlineStoreUnavailableError(missing.length, entityNames(this.deployment.entity), { cause }),
        ),
      );
    missing.forEach((i, place) => {
      found[i] = read[place]!;
    });
    return found as (ViewRow | null)[][];
  }

  async #readRedis(
    userIds: readonly string[],
    views: readonly FeatureView[],
  ): Promise<((ViewRow | null)[] | null)[]> {
    const names = this.#fieldsOf(views);
    const commands = userIds.map((id) => ["HMGET", this.#keyOf(id), ...names]);
    try {
      const answers = (await this.redis.send(commands, READ_TIMEOUT_MS)) as (string | null)[][];
      return answers.map((fields) =>
        fields.map((text, i) => (text === null ? null : readRow(views[i]!, text))),
      );
    } catch {
      return userIds.map(() => null);
    }
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
      await tx.query("set transaction isolation level repeatable read, read only");
      const { rows } = await tx.query<{ fill: string; version: string | null }>(
        `select ${STATE_NUMBER} as fill, v.version from (${VERSION}) v`,
      );
      const stamp = fillStamp(rows[0]!.fill);
      for (const view of this.deployment.views) await this.#write(tx, view, stamp, signal);
      await this.#sweep(stamp, signal);
      const mark = `${stamp}00000000${rows[0]!.version ?? ""}`;
      await this.redis.runScript(WRITE_SCRIPT, [[this.#markKey, this.#signature, mark]], FILL_TIMEOUT_MS);
    });
  }

  /** Their rows in one consistent reading; stamped by it, so that no fill that began earlier takes them back. */
  async refresh(userIds: readonly string[]): Promise<void> {
    const written = await withTransaction(this.pool, async (tx) => {
      await tx.query("set transaction isolation level repeatable read, read only");
      const { rows } = await tx.query<{ state: string }>(`select ${STATE_NUMBER} as state`);
      const stamp = fillStamp(rows[0]!.state);
      const calls: RedisCommand[] = [];
      for (const view of this.deployment.views) {
        const sql = stampedRowsSql(this.deployment.entity.key, view, "some");
        const found = await tx.query<{ key: string; row: string }>(sql, [stamp, userIds]);
        for (const { key, row } of found.rows) calls.push([this.#keyOf(key), fieldOf(view), row]);
      }
      return calls;
    });
    for (let from = 0; from < written.length; from += BATCH) {
      await this.redis.runScript(WRITE_SCRIPT, written.slice(from, from + BATCH), REFRESH_TIMEOUT_MS);
    }
  }

  async state(): Promise<OnlineState> {
    const [version, mark] = await Promise.all([
      this.pool.query<{ version: string | null; behind: boolean }>(VERSION_AND_QUEUE).then(
        ({ rows }) => (rows[0]!.behind ? "behind" : (rows[0]!.version ?? "")),
        () => null,
      ),
      this.redis.send([["HGET", this.#markKey, this.#signature]], READ_TIMEOUT_MS).then(
        ([text]) => (text as string | null)?.slice(fillStamp("").length + 8) ?? "",
        () => null,
      ),
    ]);
    if (version === null && mark === null) return "DOWN";
    return version === mark ? "OK" : "DEGRADED";
  }

  async #write(tx: Client, view: FeatureView, stamp: string, signal?: AbortSignal): Promise<void> {
    const field = fieldOf(view);
    await tx.query(
      `declare rows no scroll cursor for ${stampedRowsSql(this.deployment.entity.key, view, "all")}`,
      [stamp],
    );
    for (;;) {
      signal?.throwIfAborted();
      const { rows } = await tx.query<{ key: string; row: string }>(`fetch ${BATCH} from rows`);
      if (rows.length === 0) break;
      const calls = rows.map(({ key, row }) => [this.#keyOf(key), field, row]);
      await this.redis.runScript(WRITE_SCRIPT, calls, FILL_TIMEOUT_MS);
    }
    await tx.query("close rows");
  }

  async #rowsOf(view: FeatureView, userIds: readonly string[]): Promise<(string | null)[]> {
    const commands = userIds.map((id) => ["HGET", this.#keyOf(id), fieldOf(view)]);
    const answers = (await this.redis.send(commands, FILL_TIMEOUT_MS)) as (string | null)[];
    return answers.map((text) => (text === null ? null : rowText(text)));
  }

  async *#usersOf(view: FeatureView): AsyncGenerator<string[]> {
    for await (const keys of this.#scan()) {
      const commands = keys.map((key) => ["HEXISTS", key, fieldOf(view)]);
      const held = await this.redis.send(commands, FILL_TIMEOUT_MS);
      yield keys.filter((_, i) => held[i] === 1).map((key) => key.slice(this.prefix.length + 1, -1));
    }
  }

  async #sweep(stamp: string, signal?: AbortSignal): Promise<void> {
    for await (const keys of this.#scan()) {
      signal?.throwIfAborted();
      await this.redis.runScript(
        SWEEP_SCRIPT,
        keys.map((key) => [key, stamp]),
        FILL_TIMEOUT_MS,
      );
    }
  }

  /** The keys of all users; SCAN may name one twice. */
  async *#scan(): AsyncGenerator<string[]> {
    let cursor = "0";
    do {
      const scan = ["SCAN", cursor, "MATCH", `${this.prefix}{*`, "COUNT", String(BATCH)];
      const [answer] = (await this.redis.send([scan], FILL_TIMEOUT_MS)) as [[string, string[]]];
      cursor = String(answer[0]);
      yield answer[1];
    } while (cursor !== "0");
  }

  /** The braces are a Cluster's hash tag; every command and script touches one key only. */
  #keyOf(userId: string): string {
    return `${this.prefix}{${userId}}`;
  }

  get #markKey(): string {
    return `${this.prefix}filled`;
  }
}
