import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { Config } from "../../process/config.js";
import { type Check, ok, warning } from "./check.js";

const NAME = "scheduling";
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])?$/;

/** What the check looks at; a test has its own. */
export interface Machine {
  /** A file of /proc or /sys; null where there is none. */
  read(path: string): string | null;
  exists(path: string): boolean;
  /** Whether asof finds PostgreSQL's processes and may lower them: it runs as their user, or as root. */
  mayLower(): boolean;
}

const HERE: Machine = { read: readOrNull, exists: existsSync, mayLower };

/**
 * Whether runs can give way to requests: Linux's autogroups share the processor among sessions, whatever priority threads have.
 * Each process of PostgreSQL is a session of its own, and asof lowers those of its runs where it may.
 */
export function checkScheduling(
  { role, databaseUrl }: Pick<Config, "role" | "databaseUrl">,
  { read, exists, mayLower }: Machine = HERE,
): Check {
  if (role === "api") return ok(NAME, "not needed where ASOF_ROLE is api");
  if (databaseUrl && !LOCAL.test(new URL(databaseUrl).hostname))
    return ok(NAME, "PostgreSQL is on another machine");
  const enabled = read("/proc/sys/kernel/sched_autogroup_enabled")?.trim() === "1";
  if (!enabled || hasGroup(read("/proc/self/cgroup") ?? "", exists))
    return ok(NAME, "runs give way to requests");
  const remedy =
    "sysctl kernel.sched_autogroup_enabled=0, or run asof and its PostgreSQL in one container or a systemd unit with CPUWeight";
  // Over a socket asof cannot tell which process is its connection's.
  if (databaseUrl && (new URL(databaseUrl).hostname === "" || !mayLower()))
    return warning(
      NAME,
      "autogroups are on, and asof cannot lower PostgreSQL's processes: beside requests those of runs take half of what is short",
      remedy,
    );
  if (role === "worker")
    return ok(NAME, "runs give way to requests, if this process leads a session (setsid)");
  return warning(
    NAME,
    "autogroups are on: beside requests PostgreSQL's processes give way, trainings do not to PostgreSQL's of requests",
    `${remedy}; or trainings in a process of role worker that has a session of its own (setsid)`,
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

function mayLower(): boolean {
  const user = process.getuid?.();
  if (user === 0) return true;
  const servers = readdirSync("/proc").filter(
    (pid) => /^\d+$/.test(pid) && readOrNull(`/proc/${pid}/cmdline`)?.startsWith("postgres: "),
  );
  return (
    servers.length > 0 &&
    servers.every((pid) => (statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? user) === user)
  );
}
