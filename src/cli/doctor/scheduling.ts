import { existsSync, readFileSync } from "node:fs";
import type { Config } from "../../process/config.js";
import { type Check, ok, warning } from "./check.js";

const NAME = "scheduling";
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])?$/;

/**
 * Whether runs can give way to requests: Linux's autogroups share the processor among sessions, whatever priority
 * threads have, and PostgreSQL is a session of its own.
 * @param read a file of /proc or /sys; null where there is none
 */
export function checkScheduling(
  { role, databaseUrl }: Pick<Config, "role" | "databaseUrl">,
  read = readOrNull,
  exists: (path: string) => boolean = existsSync,
): Check {
  if (role === "api") return ok(NAME, "not needed where ASOF_ROLE is api");
  if (databaseUrl && !LOCAL.test(new URL(databaseUrl).hostname))
    return ok(NAME, "PostgreSQL is on another machine");
  const enabled = read("/proc/sys/kernel/sched_autogroup_enabled")?.trim() === "1";
  if (!enabled || hasGroup(read("/proc/self/cgroup") ?? "", exists))
    return ok(NAME, "runs give way to requests");
  return warning(
    NAME,
    "autogroups are on: beside requests, runs of PostgreSQL on this machine take half of what is short",
    "sysctl kernel.sched_autogroup_enabled=0, or run asof and its PostgreSQL in one container or a systemd unit with CPUWeight",
  );
}

/** Autogroups are for what has no control group of the processor's. */
function hasGroup(cgroups: string, exists: (path: string) => boolean): boolean {
  return cgroups.split("\n").some((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") return exists(`/sys/fs/cgroup${path}/cpu.weight`.replace("//", "/"));
    return controllers.split(",").includes("cpu") && path !== "/";
  });
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
