import pg from "pg";
import { RequestTimeoutError } from "../errors/limit-errors.js";
import { currentRequest, type RequestScope } from "../observability/request-scope.js";
import { BoundedPool, type Pool, poolConfig } from "./pool.js";

/** SQLSTATE query_canceled: by `statement_timeout`, or by us. */
const CANCELED = "57014";

export interface RequestPoolOptions {
  max: number;
  /** Longest statement; 0: any. */
  timeoutMs: number;
  endGraceMs: number;
  /** Further settings of its sessions, as `-c name=value`. */
  session?: string;
  /** Where the cancelling is asked for: never on these connections, which may all be busy. */
  canceller: Pool;
}

/**
 * Connections on which requests are answered. What a request has under way is cancelled in PostgreSQL when the request
 * ends before its answer. A statement by itself takes no longer than `timeoutMs`, which the server sees to: what several
 * requests share ends, too, and what its process did not live to cancel.
 */
export function createRequestPool(url: string, options: RequestPoolOptions): Pool {
  const { max, timeoutMs, endGraceMs, session = "" } = options;
  const bound = timeoutMs > 0 ? `-c statement_timeout=${timeoutMs}` : "";
  const config = poolConfig(url, max, `${session} ${bound}`);
  return new RequestPool({ ...config, Client: requestClient(options) }, endGraceMs, timeoutMs);
}

/**
 * The same for what is asked again and again by a prepared statement: planned once for each connection. Left to
 * itself PostgreSQL plans a batch of one anew each time, as it guesses ten, which takes longer than reading it.
 */
export const createServingPool = (url: string, max: number, options: Omit<RequestPoolOptions, "max">): Pool =>
  createRequestPool(url, { ...options, max, session: "-c plan_cache_mode=force_generic_plan" });

class RequestPool extends BoundedPool {
  constructor(
    config: pg.PoolConfig,
    endGraceMs: number,
    private readonly timeoutMs: number,
  ) {
    super(config, endGraceMs);
  }

  // `never` fits every one of pg's overloads.
  override query(...args: never[]): never {
    if (typeof args.at(-1) === "function") return (super.query as Query)(...args) as never;
    if (currentRequest()) return this.#query(args) as never;
    const answer = (super.query as Query)(...args) as Promise<unknown>;
    return answer.catch((error) => rethrow(error, undefined, this.timeoutMs)) as never;
  }

  /** As pg's own, but sent in its request's context whoever frees the connection that it waits for. */
  async #query(args: unknown[]): Promise<unknown> {
    const client = await this.connect();
    let failure: Error | undefined;
    try {
      return await (client.query as Query)(...args);
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      client.release(failure);
    }
  }
}

type Query = (...args: unknown[]) => unknown;
/** The process id of its server process, which pg's types leave out. */
type Backend = pg.Client & { processID: number };

function requestClient({ canceller, timeoutMs }: RequestPoolOptions): typeof pg.Client {
  return class RequestClient extends pg.Client {
    override query(...args: never[]): never {
      const scope = currentRequest();
      const [text, last] = [textOf(args[0]), args.at(-1)];
      const send = () => (super.query as Query)(...args);
      // Streams and callbacks are the pool's own and the runs'; a rollback is what a request ends with.
      if (text === null || typeof last === "function" || text === "rollback") return send() as never;
      return this.#answer(scope, text === "commit", send) as never;
    }

    async #answer(scope: RequestScope | undefined, commit: boolean, send: () => unknown): Promise<unknown> {
      if (scope?.ended) throw scope.ended;
      let cancelling: Promise<unknown> | undefined;
      // Once it commits it is done: what a client is told of it must not depend on a race.
      const stop = commit ? undefined : scope?.onEnd(() => (cancelling = cancel(canceller, this as never)));
      try {
        return await send();
      } catch (error) {
        return rethrow(error, scope, timeoutMs);
      } finally {
        stop?.();
        // Late, it would hit the connection's next statement.
        await cancelling;
      }
    }
  } as never;
}

const cancel = (canceller: Pool, { processID }: Backend): Promise<unknown> =>
  canceller.query("select pg_cancel_backend($1)", [processID]).catch(() => {});

/** Of a statement that can be waited for; null of a stream. */
function textOf(query: unknown): string | null {
  if (typeof query === "string") return query;
  const { text, submit } = query as { text?: unknown; submit?: unknown };
  return typeof text === "string" && submit === undefined ? text : null;
}

function rethrow(error: unknown, scope: RequestScope | undefined, timeoutMs: number): never {
  if ((error as { code?: unknown }).code !== CANCELED) throw error;
  throw scope?.ended ?? (timeoutMs > 0 ? new RequestTimeoutError(timeoutMs) : error);
}
