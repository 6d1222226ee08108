import cluster from "node:cluster";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Problem } from "../serving/model-problems.js";
import type { Config } from "./config.js";

/** Below it ingests and trainings may soon fail. */
export const SCARCE_BYTES = 2 * 2 ** 30;
/** Below it the server's own log may find no room, and then it stops. */
export const FULL_BYTES = 256 * 2 ** 20;

/** Where the disk of the embedded database is about to be full; of a server elsewhere nothing is known. */
export async function diskProblems({
  home,
  databaseUrl,
}: Pick<Config, "home" | "databaseUrl">): Promise<Problem[]> {
  // One of several processes has the URL of the embedded server that the first one keeps up.
  if (databaseUrl && !cluster.isWorker) return [];
  const space = await statfs(join(home, "postgres")).catch(() => null);
  const free = space ? space.bavail * space.bsize : Infinity;
  if (free >= FULL_BYTES) return [];
  return [
    {
      subject: "disk",
      message: `the disk of ${home} has ${(free / 2 ** 20).toFixed(0)} MiB left; without room PostgreSQL stops`,
      remedy: "free some space (applyRetention drops old snapshots), or move ASOF_HOME to a larger disk",
    },
  ];
}
