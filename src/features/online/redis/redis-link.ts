import { createHash } from "node:crypto";
import { AsofError } from "../../../errors/errors.js";
import { oneServer } from "./one-server.js";
import { redisCluster } from "./redis-cluster.js";
import { redisSentinel } from "./redis-sentinel.js";
import { CONNECT_MS, type RedisCommand, type RedisPrimary, type RedisServers } from "./redis-servers.js";
import { redisTarget } from "./redis-url.js";

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

/** Stands in an answer's place where its server did not give one. */
export class Unanswered {
  constructor(readonly cause: Error) {}
}

/** After a failure a server is left alone this long, so that requests do not each wait for it. */
const REST_MS = 1_000;
/** How much longer than a WAIT its answer may take. */
const GRACE_MS = 500;

/**
 * Connections that fail fast while they are lost, and come back by themselves. Every server fails by itself: while one
 * of a Cluster is away, the others answer.
 */
export class RedisLink {
  readonly #restUntil = new Map<string, number>();

  private constructor(private readonly servers: RedisServers) {}

  /**
   * Returns when connected, or after two seconds: then it goes on trying.
   * @throws {Error} the URL cannot be read
   */
  static async open(url: string): Promise<RedisLink> {
    const target = redisTarget(url);
    const servers = { server: oneServer, cluster: redisCluster, sentinel: redisSentinel }[target.kind](
      target,
    );
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CONNECT_MS);
    });
    await Promise.race([servers.connected, waited]);
    clearTimeout(timer);
    return new RedisLink(servers);
  }

  /** The servers that take writes, as far as they are known. */
  primaries(): readonly RedisPrimary[] {
    return this.servers.primaries();
  }

  /**
   * All in one round trip to each server, answers in their order.
   * @param commands their key is the second word
   * @throws {RedisUnavailableError} not connected, no answer in time, or one command failed
   */
  async send(commands: readonly RedisCommand[], timeoutMs: number): Promise<unknown[]> {
    return whole(await this.settle(commands, timeoutMs));
  }

  /** The same, but what a server does not answer is `Unanswered` alone. */
  settle(commands: readonly RedisCommand[], timeoutMs: number): Promise<unknown[]> {
    return this.#settle(
      commands.map((command) => ({ key: command[1]!, command })),
      timeoutMs,
    );
  }

  /** Runs one script on many keys; a server that does not know it is given it, for a restart makes one forget. */
  async runScript(script: string, calls: readonly RedisCommand[], timeoutMs: number): Promise<unknown[]> {
    const sha = createHash("sha1").update(script).digest("hex");
    const runs = calls.map(([key, ...args]) => ({
      key: key!,
      command: ["EVALSHA", sha, "1", key!, ...args],
    }));
    const answers = await this.#settle(runs, timeoutMs);
    const unknown = answers.flatMap((answer, i) => (isUnknownScript(answer) ? [i] : []));
    if (unknown.length > 0) {
      await this.onPrimaries(["SCRIPT", "LOAD", script], timeoutMs);
      const again = await this.#settle(
        unknown.map((i) => runs[i]!),
        timeoutMs,
      );
      unknown.forEach((i, place) => {
        answers[i] = again[place];
      });
    }
    return whole(answers);
  }

  /** One command on every server that takes writes. @throws {RedisUnavailableError} one did not answer */
  async onPrimaries(command: RedisCommand, timeoutMs: number): Promise<unknown[]> {
    const primaries = this.primaries();
    if (primaries.length === 0) throw new RedisUnavailableError("not connected");
    return Promise.all(primaries.map((primary) => this.ask(primary, command, timeoutMs)));
  }

  /** One command on one server. @throws {RedisUnavailableError} it did not answer */
  async ask({ place, send }: RedisPrimary, command: RedisCommand, timeoutMs: number): Promise<unknown> {
    const answers = await this.#settleAt([place], timeoutMs, () => send(command));
    return whole(answers)[0];
  }

  /**
   * Returns when a replica of each server that keeps one of the keys has what was written here; at once where there is
   * none. Of what only a primary has, a failover leaves nothing.
   * @throws {RedisUnavailableError} no replica has it in time
   */
  async replicated(keys: readonly string[], timeoutMs: number): Promise<void> {
    const touched = new Set(keys.map((key) => this.servers.placeOf(key)));
    const primaries = this.primaries().filter(({ place }) => touched.has(place));
    await Promise.all(
      primaries.map(async (primary) => {
        const text = String(await this.ask(primary, ["INFO", "replication"], timeoutMs));
        if (!/^connected_slaves:[1-9]/m.test(text)) return;
        const reached = await this.ask(primary, ["WAIT", "1", String(timeoutMs)], timeoutMs + GRACE_MS);
        if (Number(reached) < 1)
          throw new RedisUnavailableError(`${primary.place}: no replica has what was written`);
      }),
    );
  }

  close(): void {
    this.servers.close();
  }

  async #settle(
    commands: readonly { key: string; command: RedisCommand }[],
    timeoutMs: number,
  ): Promise<unknown[]> {
    const places = commands.map(({ key }) => this.servers.placeOf(key));
    return this.#settleAt(places, timeoutMs, (i) =>
      this.servers.send(commands[i]!.key, commands[i]!.command),
    );
  }

  /** @param send the i-th command, to the i-th place */
  async #settleAt(
    places: readonly (string | null)[],
    timeoutMs: number,
    send: (i: number) => Promise<unknown>,
  ): Promise<unknown[]> {
    const now = performance.now();
    const isResting = places.map((place) => place !== null && (this.#restUntil.get(place) ?? 0) > now);
    const answers = await inTime(
      timeoutMs,
      places.map((place, i) => {
        if (place === null) return Promise.reject(new Error("not connected"));
        if (isResting[i]) return Promise.reject(new Error(`${place}: it failed a moment ago`));
        return send(i);
      }),
    );
    answers.forEach((answer, i) => {
      const place = places[i]!;
      if (!(answer instanceof Unanswered) || place === null || isResting[i] || isUnknownScript(answer))
        return;
      this.#restUntil.set(place, performance.now() + REST_MS);
    });
    return answers;
  }
}

const isUnknownScript = (answer: unknown): boolean =>
  answer instanceof Unanswered && answer.cause.message.startsWith("NOSCRIPT");

/** What is sent in one tick leaves in one write. One timer for all: what has not answered by then is `Unanswered`. */
async function inTime(timeoutMs: number, sent: readonly Promise<unknown>[]): Promise<unknown[]> {
  const late = new Unanswered(new Error(`no answer within ${timeoutMs} ms`));
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  const answers: unknown[] = sent.map(() => late);
  const all = sent.map((promise, i) =>
    promise.then(
      (answer) => {
        answers[i] = answer;
      },
      (cause: Error) => {
        answers[i] = new Unanswered(cause);
      },
    ),
  );
  await Promise.race([Promise.all(all), ended]);
  clearTimeout(timer);
  return answers.slice(); // what answers later changes nothing
}

function whole(answers: unknown[]): unknown[] {
  const failed = answers.find((answer) => answer instanceof Unanswered);
  if (failed) throw new RedisUnavailableError(failed.cause.message, { cause: failed.cause });
  return answers;
}
