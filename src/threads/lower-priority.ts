import { readFileSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { constants, setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { sessionsShare } from "./sessions-share.js";

const BELOW_SERVING = constants.priority.PRIORITY_LOW;
/** Linux lets who is not root change the priority of one autogroup each 100 ms, all of them together. */
const GROUP_RETRY_MS = 110;
const GROUP_TRIES = 50;

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
  pool.on("connect", (client) => {
    if (applies()) void lowerBackendPriority(client as unknown as Backend);
  });
}

/** Lowers the priority of the session of a process that only executes runs, where it leads one of its own. */
export function lowerSessionPriority(pid: number | undefined): void {
  if (!applies() || pid === undefined) return;
  lowerGroup(pid, () => sessionOf(pid) === pid).catch(() => {});
}

/**
 * Whether a low priority of a thread of this process is enough, or is not asked for. Where sessions share the processor, it
 * counts only beside threads of the same session.
 */
export function threadsGiveWay(): boolean {
  return !applies() || !sessionsShare() || groupOf(process.pid).endsWith(` nice ${BELOW_SERVING}`);
}

/**
 * Lowers the priority of a connection's server process, where it is on this machine. Processes of other users are left
 * alone. A server process is a session of its own: where Linux shares the processor among sessions, its own priority
 * weighs nothing, and that of its session's autogroup is lowered, too.
 */
async function lowerBackendPriority({ processID, connection }: Backend): Promise<void> {
  const { localPort } = connection.stream;
  // PostgreSQL titles each process with the client's port, so no other process is mistaken for it.
  const isIts = () => {
    const title = readFileSync(`/proc/${processID}/cmdline`, "latin1");
    return title.startsWith("postgres: ") && title.includes(`(${localPort}) `);
  };
  try {
    if (!isIts()) return;
    setPriority(processID, BELOW_SERVING);
    await lowerGroup(processID, () => isIts() && sessionOf(processID) === processID);
  } catch {
    // On another machine, or another user's, or gone.
  }
}

/** The autogroup of a process, as long as `isMeant`. @throws {Error} the process is another user's, or gone; or there are no autogroups */
async function lowerGroup(pid: number, isMeant: () => boolean): Promise<void> {
  for (let tries = 0; tries < GROUP_TRIES && isMeant(); tries++) {
    try {
      writeFileSync(`/proc/${pid}/autogroup`, String(BELOW_SERVING));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
    await sleep(GROUP_RETRY_MS * (1 + Math.random()), undefined, { ref: false });
  }
}

/** Such as `/autogroup-4 nice 0`. */
const groupOf = (pid: number): string => readFileSync(`/proc/${pid}/autogroup`, "latin1").trim();

/** The process that leads its session. In `stat`, after a name that may hold anything, in parentheses. */
function sessionOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
}

/** What pg's types leave out. */
interface Backend {
  processID: number;
  connection: { stream: Socket };
}
