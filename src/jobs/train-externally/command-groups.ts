import { readdir, readFile } from "node:fs/promises";

/** In the environment of whatever a training command starts: the id of its run. */
export const RUN_MARK = "TRAINING_RUN_ID";

/** A process group; one that has ended is none. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Ends every process of this machine that a command of the run has left behind, in whatever group or session it is: they all
 * have inherited the mark. Where there is no /proc, none is found.
 */
export async function endMarked(runId: string): Promise<void> {
  for (const pid of await marked(runId)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself, or is another user's.
    }
  }
}

async function marked(runId: string): Promise<number[]> {
  const entry = `${RUN_MARK}=${runId}`;
  const names = await readdir("/proc").catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
      return pid !== process.pid && environment.split("\0").includes(entry);
    }),
  );
  return pids.filter((_, index) => found[index]);
}
