import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createClient, literal } from "../pool.js";

/** Held shared by every process that uses the server, for as long as it does. */
export const IN_USE = "hashtextextended('asof_home', 0)";
const WATCHING = "hashtextextended('asof_home_watch', 0)";
/** As long as nobody may use the server before it ends: a process that is killed and started again finds it running. */
const UNUSED_SECONDS = 30;
/** The same where the last one meant to end. */
const UNUSED_SECONDS_AT_END = 2;

/** Tells the server's watch that a process ended without the time to stop the server, and did so on purpose. */
const endedFile = (dataDir: string): string => join(dataDir, "..", "ended");
export const noteEnd = (dataDir: string): void => writeFileSync(endedFile(dataDir), "");
export const forgetEnd = (dataDir: string): void => rmSync(endedFile(dataDir), { force: true });

/**
 * A session that outlives whoever began it and stops the server once nobody holds the lock: a killed process can stop
 * nothing, and no process but the server's own has to stay for it. It sends nothing to its client, so it does not
 * notice that it has none any more. Each round is a transaction of its own, as a long one would hold up others.
 */
const watch = (pgCtl: string, dataDir: string): string => `
do $asof_watch$
declare
  unused int := 0;
  longest int;
begin
  loop
    perform pg_sleep(1);
    if pg_try_advisory_lock(${IN_USE}) then
      unused := unused + 1;
      longest := ${UNUSED_SECONDS};
      if (pg_stat_file(${literal(endedFile(dataDir))}, true)).size is not null then
        longest := ${UNUSED_SECONDS_AT_END};
      end if;
      exit when unused >= longest;
      perform pg_advisory_unlock(${IN_USE});
    else
      unused := 0;
    end if;
    commit;
  end loop;
  copy (select) to program ${literal(`"${pgCtl}" stop -D . -m fast -W`)};
end
$asof_watch$`;

interface Watched {
  pgCtl: string;
  dataDir: string;
}

/** Has the server end once nobody uses it; one that does so already is left to it. Call it while the lock is held. */
export async function watchServer(url: string, { pgCtl, dataDir }: Watched): Promise<void> {
  const client = createClient(url);
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("set statement_timeout = 0");
    await client.query("set application_name = 'asof watch'");
    const { rows } = await client.query<{ first: boolean }>(
      `select pg_try_advisory_lock(${WATCHING}) as first`,
    );
    if (!rows[0]!.first) return await client.end();
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  // It ends with the server. Once sent it is the server's own, whatever becomes of this process.
  void client.query(watch(pgCtl, dataDir)).catch(() => {});
  (client as unknown as { unref(): void }).unref();
  await nextTurn();
}
