import cluster from "node:cluster";
import { fileURLToPath } from "node:url";
import { programFile } from "../values/project-root.js";
import type { ExitCode } from "./command.js";

/** In this process, as `npm start` does; it ends by its own rules when a signal comes. */
export async function startServer(): Promise<ExitCode> {
  process.env.NODE_ENV ??= "production";
  // ASOF_PROCESSES: the others are started from the server's own program, not from this one.
  cluster.setupPrimary({ exec: fileURLToPath(programFile("main")), args: [] });
  await import("../process/start.js");
  return (process.exitCode ?? 0) === 0 ? 0 : 1;
}
