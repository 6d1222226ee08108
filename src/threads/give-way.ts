import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { constants, setPriority } from "node:os";
import type pg from "pg";

const BELOW_SERVING = constants.priority.PRIORITY_LOW;

/** On Linux a thread has a priority of its own. Tests leave it as it is: they run beside nothing. */
const applies = (): boolean => process.platform === "linux" && process.env.NODE_ENV === "production";

/**
 * In production what works on runs gives way to what answers requests, where cores are short. Alone on its cores it
 * takes as long as before. Threads that are started afterwards by this one give way, too.
 */
export function giveWay(): void {
  if (applies()) setPriority(BELOW_SERVING);
}

/** The same for all that this thread and the connections of `pool` do. */
export function giveWayWith(pool: pg.Pool): void {
  giveWay();
  pool.on("connect", letBackendGiveWay);
}

/**
 * For the server process of a connection, where it is one of this machine: PostgreSQL names each by the port it
 * answers, so no other process is taken for it. What belongs to somebody else stays as it is.
 */
function letBackendGiveWay(client: pg.ClientBase): void {
  if (!applies()) return;
  const { processID, connection } = client as unknown as Backend;
  const port = connection.stream.localPort;
  try {
    const title = readFileSync(`/proc/${processID}/cmdline`, "latin1");
    if (title.startsWith("postgres: ") && title.includes(`(${port}) `)) setPriority(processID, BELOW_SERVING);
  } catch {
    // On another machine, or another user's.
  }
}

/** What pg's types leave out. */
interface Backend {
  processID: number;
  connection: { stream: Socket };
}
