import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { constants, setPriority } from "node:os";
import type pg from "pg";

const BELOW_SERVING = constants.priority.PRIORITY_LOW;

/** Only on Linux does a thread have a priority of its own. Tests have nothing to give priority to. */
const applies = (): boolean => process.platform === "linux" && process.env.NODE_ENV === "production";

/**
 * Lowers the priority of this thread and of the threads that it starts later, so that runs do not slow requests down
 * where cores are short. In production only. On idle cores a run takes as long as before.
 */
export function lowerPriority(): void {
  if (applies()) setPriority(BELOW_SERVING);
}

/** Lowers the priority of this thread and of the server processes of the connections of `pool`. */
export function lowerPriorityWith(pool: pg.Pool): void {
  lowerPriority();
  pool.on("connect", lowerBackendPriority);
}

/**
 * Lowers the priority of a connection's server process, where it is on this machine. PostgreSQL titles each process with
 * the client's port, so no other process is mistaken for it. Processes of other users are left alone.
 */
function lowerBackendPriority(client: pg.ClientBase): void {
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
