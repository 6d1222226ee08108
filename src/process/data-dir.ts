import { readdir } from "node:fs/promises";
import type { Config } from "./config.js";

export interface DataDirReport {
  deliveries: number;
  /** Why no ingest will find anything there; null where all is well. */
  problem: { message: string; remedy: string } | null;
}

/** What is in DATA_DIR, where ingests look for their folders. */
export async function lookAtDataDir({ dataDir }: Pick<Config, "dataDir">): Promise<DataDirReport> {
  try {
    const entries = await readdir(dataDir, { withFileTypes: true });
    const deliveries = entries.filter((entry) => entry.isDirectory()).length;
    if (deliveries > 0) return { deliveries, problem: null };
    const remedy = "put one folder a delivery there, with a file for each source";
    return { deliveries, problem: { message: `${dataDir} has no folders`, remedy } };
  } catch (error) {
    const message = `${dataDir} cannot be read: ${(error as Error).message}`;
    return { deliveries: 0, problem: { message, remedy: "make it, or set DATA_DIR" } };
  }
}
