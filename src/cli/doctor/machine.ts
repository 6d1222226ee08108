import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { nodeTooOld, OLDEST_NODE } from "../../../bin/node-version.mjs";
import type { Config } from "../../process/config.js";
import { lookAtDataDir } from "../../process/data-dir.js";
import { FULL_BYTES, SCARCE_BYTES } from "../../process/disk-space.js";
import { type Check, failed, gibibytes, ok, warning } from "./check.js";

export function checkNode(version: string = process.versions.node): Check {
  const reason = nodeTooOld(version);
  if (reason === null) return ok("node", version);
  return failed("node", `${version} is too old`, `install Node.js ${OLDEST_NODE.join(".")} or newer`);
}

/** The file system of ASOF_HOME: PostgreSQL stops where it is full. */
export async function checkHome({ home }: Pick<Config, "home">): Promise<Check> {
  const place = await nearestExisting(home);
  try {
    await access(place, constants.W_OK | constants.X_OK);
  } catch {
    return failed("home", `${place} cannot be written to`, "give this user the folder, or set ASOF_HOME");
  }
  const { bavail, bsize } = await statfs(place);
  return checkSpace(home, bavail * bsize);
}

export function checkSpace(home: string, freeBytes: number): Check {
  const message = `${home}, ${gibibytes(freeBytes)} free`;
  if (freeBytes >= SCARCE_BYTES) return ok("home", message);
  const remedy = "free some space (applyRetention drops old snapshots), or move ASOF_HOME to a larger disk";
  return freeBytes < FULL_BYTES ? failed("home", message, remedy) : warning("home", message, remedy);
}

async function nearestExisting(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    const exists = await access(place).then(
      () => true,
      () => false,
    );
    if (exists || place === dirname(place)) return place;
  }
}

export async function checkDataDir(config: Pick<Config, "dataDir" | "role">): Promise<Check> {
  if (config.role === "api") return ok("data", "not needed where ASOF_ROLE is api");
  const { deliveries, problem } = await lookAtDataDir(config);
  if (problem) return warning("data", problem.message, problem.remedy);
  return ok("data", `${config.dataDir}, ${deliveries} deliveries`);
}

const PROBE_MS = 2_000;

/** Free, or an asof's. */
export async function checkPort({ host, port }: Pick<Config, "host" | "port">): Promise<Check> {
  if (port === 0) return ok("port", "any that is free (PORT=0)");
  const code = await tryToListen(host, port);
  if (code === null) return ok("port", `${port} is free`);
  if (code === "EACCES")
    return failed("port", `${port} needs more rights`, "set PORT to one from 1024 to 65535");
  if (code !== "EADDRINUSE")
    return failed("port", `${host} is no address of this machine (${code})`, "set HOST");
  const asof = await probe(host, port);
  if (asof) return ok("port", `asof ${asof} answers on ${port}`);
  return failed("port", `another program has ${port}`, "set PORT to another one, or end that program");
}

function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

async function probe(host: string, port: number): Promise<string | null> {
  const there = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  try {
    const response = await fetch(`http://${there.includes(":") ? `[${there}]` : there}:${port}/health`, {
      signal: AbortSignal.timeout(PROBE_MS),
    });
    const body = (await response.json()) as { version?: string; database?: string };
    return body.version && body.database ? body.version : null;
  } catch {
    return null;
  }
}
