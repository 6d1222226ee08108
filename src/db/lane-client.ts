import pg from "pg";
import { RequestTimeoutError } from "../errors/limit-errors.js";
import { currentRequest, type RequestScope } from "../observability/request-scope.js";
import type { Queryable } from "./pool.js";
import { cancelThroughPooler, startupOf, unnamed } from "./pooled-client.js";

/** SQLSTATE query_canceled: by `statement_timeout`, or by us. */
const CANCELED = "57014";

/** How statements are sent on a connection as long as a lane has it. */
export interface Session {
  /** `-c name=value` for each setting that is not the server's own. */
  settings: Readonly<Record<string, string>>;
  /**
   * Set for what requests ask: a statement ends with its request, and after so many ms, which the server sees to (0: any):
   * what several requests share ends, too, and what its process did not live to cancel.
   */
  timeoutMs: number | null;
  /** Where the cancelling is asked for: never where connections may all be busy with what is to be cancelled. */
  canceller: () => Queryable;
}

type Query = (...args: unknown[]) => unknown;
/** The process id of its server process, which pg's types leave out. */
type Backend = pg.Client & { processID: number };

/** A connection that knows which lane has it. */
export class LaneClient extends pg.Client {
  session: Session | null = null;
  /** Ends its use; set while it is in use. */
  release: (broken?: Error | boolean) => void = () => {};
  /** It was lost, or failed where nobody knows how far it is. */
  broken = false;
  /** Of its being idle for too long. */
  timer: NodeJS.Timeout | undefined;

  /** @param pooled through a pooler in transaction mode */
  constructor(
    config: pg.ClientConfig,
    private readonly pooled: boolean,
  ) {
    super(config);
    if (pooled) startupOf(this);
  }

  /** Our statements about the session itself, in any lane. */
  change(statements: string): Promise<unknown> {
    return super.query(statements);
  }

  // `never` fits every one of pg's overloads.
  override query(...given: never[]): never {
    const args = this.pooled ? (unnamed(given) as never[]) : given;
    const send = () => (super.query as Query)(...args);
    const [text, last] = [textOf(args[0]), args.at(-1)];
    // Streams and callbacks are the runs'; a rollback is what a request ends with.
    if (!this.session || this.session.timeoutMs === null || text === null) return send() as never;
    if (typeof last === "function" || text === "rollback") return send() as never;
    return this.#answer(this.session, currentRequest(), text === "commit", send) as never;
  }

  async #answer(
    { canceller, timeoutMs }: Session,
    scope: RequestScope | undefined,
    commit: boolean,
    send: () => unknown,
  ): Promise<unknown> {
    if (scope?.ended) throw scope.ended;
    let cancelling: Promise<unknown> | undefined;
    const end = () => {
      cancelling ??= this.pooled ? cancelThroughPooler(this) : cancel(canceller(), this as never);
    };
    // Once it commits it is done: what a client is told of it must not depend on a race.
    const stop = commit ? undefined : scope?.onEnd(end);
    // Otherwise statement_timeout does.
    const timer = this.pooled && timeoutMs && !commit ? setTimeout(end, timeoutMs) : undefined;
    try {
      return await send();
    } catch (error) {
      return rethrow(error, scope, timeoutMs ?? 0);
    } finally {
      clearTimeout(timer);
      stop?.();
      // Late, it would hit the connection's next statement.
      await cancelling;
    }
  }
}

const cancel = (canceller: Queryable, { processID }: Backend): Promise<unknown> =>
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
