import { createHash } from "node:crypto";
import { createClient } from "@redis/client";
import { AsofError } from "../../../errors/errors.js";

/** Redis did not answer; clients see it only where PostgreSQL did not answer either. */
export class RedisUnavailableError extends AsofError {
  constructor(problem: string, options?: ErrorOptions) {
    super(
      "SERVICE_UNAVAILABLE",
      `the online store's Redis: ${problem}; start it or check REDIS_URL, then try again`,
      {},
      options,
    );
  }
}

export type RedisCommand = string[];

const CONNECT_MS = 2_000;
/** After a failure Redis is left alone this long, so that requests do not each wait for it. */
const REST_MS = 1_000;

/** One connection that fails fast while it is lost, and connects again by itself. */
export class RedisLink {
  readonly #client;
  #restUntil = 0;

  private constructor(url: string) {
    this.#client = createClient({ url, disableOfflineQueue: true, socket: { connectTimeout: CONNECT_MS } });
    // Without a listener a lost connection would end the process; `state` of the store shows it.
    this.#client.on("error", () => {});
  }

  /** Returns when connected, or after two seconds: then it goes on trying. */
  static async open(url: string): Promise<RedisLink> {
    const link = new RedisLink(url);
    let timer: NodeJS.Timeout | undefined;
    const connected = link.#client.connect().then(
      () => {},
      () => {},
    );
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CONNECT_MS);
    });
    await Promise.race([connected, waited]);
    clearTimeout(timer);
    return link;
  }

  /**
   * All in one round trip, answers in their order.
   * @throws {RedisUnavailableError} not connected, no answer in time, or one command failed
   */
  async send(commands: readonly RedisCommand[], timeoutMs: number): Promise<unknown[]> {
    if (!this.#client.isReady) throw new RedisUnavailableError("not connected");
    if (performance.now() < this.#restUntil) throw new RedisUnavailableError("it failed a moment ago");
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      // What is sent in one tick leaves in one write. Without a timeout of its own the client drops what it could not
      // write within 5 s.
      const sent = commands.map((args) => this.#client.sendCommand(args, { timeout: timeoutMs }));
      return await Promise.race([Promise.all(sent), late]);
    } catch (cause) {
      this.#restUntil = performance.now() + REST_MS;
      throw new RedisUnavailableError((cause as Error).message, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs one script on many keys; it is loaded with them, for a server that was restarted has forgotten it. */
  async runScript(script: string, calls: readonly RedisCommand[], timeoutMs: number): Promise<unknown[]> {
    const sha = createHash("sha1").update(script).digest("hex");
    const runs = calls.map(([key, ...args]) => ["EVALSHA", sha, "1", key!, ...args]);
    const [, ...answers] = await this.send([["SCRIPT", "LOAD", script], ...runs], timeoutMs);
    return answers;
  }

  close(): void {
    this.#client.destroy();
  }
}
