import type pg from "pg";
import type { Deployment } from "../../definitions/language/deployment.js";
import { openLake } from "../../features/offline/lake/lake.js";
import { otherLakes } from "../../features/offline/lake/lake-catalogue.js";
import { compareLake, verifyLake } from "../../features/offline/lake/verify-lake.js";
import type { OfflineEngine } from "../../features/offline/offline-engine.js";
import { offlineEngines } from "../../features/offline/registry.js";
import type { Config } from "../../process/config.js";
import { type Check, failed, gibibytes, ok, warning } from "./check.js";

export type LakeConfig = Pick<
  Config,
  "lakeUrl" | "offlineEngine" | "offlineMemory" | "sparkSubmit" | "sparkMaster"
>;

const NAME = "lake";
/** Of broken files. */
const NAMED = 5;

/** @param isRead whether every file is read, and hashed */
export async function checkLake(
  client: pg.Client,
  definitions: Deployment,
  config: LakeConfig,
  isRead: boolean,
): Promise<Check[]> {
  const { rows } = await client.query("select to_regclass('lake_files') is not null as known");
  // Before the migration that adds it there is no lake.
  if (!rows[0].known) return [];
  const left = (await otherLakes(client, config.lakeUrl)).map((url) =>
    warning(
      NAME,
      `${url} has files of this database, and LAKE_URL is ${config.lakeUrl ?? "not set"}: nobody erases persons there`,
      "set LAKE_URL to it, or delete it, and its rows in lake_files",
    ),
  );
  return config.lakeUrl === null ? left : [...left, await examined(client, definitions, config, isRead)];
}

async function examined(
  client: pg.Client,
  definitions: Deployment,
  config: LakeConfig,
  isRead: boolean,
): Promise<Check> {
  const { signal } = new AbortController();
  try {
    const lake = openLake(config.lakeUrl!);
    const settings = {
      ...{ lake, memory: config.offlineMemory },
      ...{ sparkSubmit: config.sparkSubmit, sparkMaster: config.sparkMaster },
    };
    const engine = isRead ? readingEngine(config.offlineEngine) : null;
    const found = isRead
      ? await verifyLake(client, definitions, settings, engine?.lake ?? null, signal)
      : await compareLake(client, lake, signal);
    const size = `${lake.url}: ${found.files} files, ${gibibytes(found.bytes)}`;
    if (found.broken.length > 0) {
      const named = found.broken.slice(0, NAMED).map(({ path, problem }) => `${path} ${problem}`);
      const more = found.broken.length > NAMED ? ` and ${found.broken.length - NAMED} more` : "";
      return failed(
        NAME,
        `${size}; ${named.join("; ")}${more}`,
        "delete those files' rows in lake_files: the next ingest or join writes them again",
      );
    }
    if (found.behind > 0)
      return warning(
        NAME,
        `${size}; ${found.behind} parts are not written yet`,
        "the next ingest or join writes them",
      );
    const hashed = found.hashed === null ? "" : `, ${found.hashed} parts hashed by ${engine!.name}`;
    return ok(NAME, `${size}${isRead ? `, every byte as it was written${hashed}` : ""}`);
  } catch (error) {
    return failed(NAME, (error as Error).message, "check LAKE_URL, and that this machine may read it");
  }
}

/** The engine of OFFLINE_ENGINE, where it reads the lake. */
function readingEngine(name: string | null): OfflineEngine | null {
  const engine = name === null ? undefined : offlineEngines.find(name);
  return engine?.lake ? engine : null;
}
