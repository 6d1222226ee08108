import { type RedisLink, RedisUnavailableError } from "./redis-link.js";
import { fillStamp, WRITE_SCRIPT } from "./redis-rows.js";
import type { RedisPrimary } from "./redis-servers.js";

const RUN_ID_DIGITS = 40;
const BEFORE_RUN_ID = fillStamp("").length + 8;
const TIMEOUT_MS = 2_000;

/**
 * What each server was last filled with. The mark lies on the server itself and names the process that took the rows:
 * a replica that was promoted, and a server that was started again, have another, for what the former one acknowledged
 * last may be missing there.
 */
export class FillMarks {
  constructor(
    private readonly prefix: string,
    /** Of the views: processes of two definitions share the servers. */
    private readonly signature: string,
  ) {}

  /** The processes that take rows from here on, by their places. */
  async processes(link: RedisLink): Promise<ReadonlyMap<string, string>> {
    const primaries = link.primaries();
    if (primaries.length === 0) throw new RedisUnavailableError("not connected");
    return new Map(
      await Promise.all(
        primaries.map(async (primary) => [primary.place, await processOf(link, primary)] as const),
      ),
    );
  }

  /** After all rows of a fill. @param processes those that were there when it began */
  async write(
    link: RedisLink,
    processes: ReadonlyMap<string, string>,
    stamp: string,
    version: string,
  ): Promise<void> {
    const calls = link.primaries().map((primary) => {
      const process = processes.get(primary.place) ?? "".padEnd(RUN_ID_DIGITS, "-");
      return [this.#keyOn(primary), this.signature, `${stamp}00000000${process}${version}`];
    });
    await link.runScript(WRITE_SCRIPT, calls, TIMEOUT_MS);
  }

  /**
   * The version that every server holds whole; null where one does not.
   * @throws {RedisUnavailableError} one does not answer
   */
  async held(link: RedisLink, timeoutMs: number): Promise<string | null> {
    const primaries = link.primaries();
    if (primaries.length === 0) throw new RedisUnavailableError("not connected");
    const held = await Promise.all(
      primaries.map(async (primary) => {
        const [process, mark] = await Promise.all([
          processOf(link, primary),
          link.ask(primary, ["HGET", this.#keyOn(primary), this.signature], timeoutMs),
        ]);
        const text = typeof mark === "string" ? mark.slice(BEFORE_RUN_ID) : "";
        return text.startsWith(process) ? text.slice(RUN_ID_DIGITS) : null;
      }),
    );
    return held.every((version) => version === held[0]) ? held[0]! : null;
  }

  #keyOn({ tag }: RedisPrimary): string {
    return tag === "" ? `${this.prefix}filled` : `${this.prefix}filled:{${tag}}`;
  }
}

async function processOf(link: RedisLink, primary: RedisPrimary): Promise<string> {
  const text = String(await link.ask(primary, ["INFO", "server"], TIMEOUT_MS));
  const id = /^run_id:([0-9a-f]{40})/m.exec(text)?.[1];
  if (id === undefined) throw new RedisUnavailableError(`${primary.place}: INFO names no run_id`);
  return id;
}
