import { readdirSync, statSync } from "node:fs";
import type { Config } from "../../process/config.js";
import { SYSTEM_FILES, type SystemFiles, sessionsShare } from "../../threads/sessions-share.js";
import { type Check, ok, warning } from "./check.js";

const NAME = "scheduling";
const GIVE_WAY = "runs give way to requests";
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])?$/;

/** What the check looks at; a test has its own. */
export interface Machine extends SystemFiles {
  /** Whether asof finds PostgreSQL's processes and may lower them: it runs as their user, or as root. */
  mayLower(): boolean;
}

const HERE: Machine = { ...SYSTEM_FILES, mayLower };

/**
 * Whether runs can give way to requests: Linux's autogroups share the processor among sessions, whatever priority threads have.
 * asof lowers sessions of its runs: those of PostgreSQL's processes where it may, and those that it gives to large trainings.
 */
export function checkScheduling(
  { role, databaseUrl }: Pick<Config, "role" | "databaseUrl">,
  { read, exists, mayLower }: Machine = HERE,
): Check {
  if (role === "api") return ok(NAME, "not needed where ASOF_ROLE is api");
  if (databaseUrl && !LOCAL.test(new URL(databaseUrl).hostname))
    return ok(NAME, "PostgreSQL is on another machine");
  if (!sessionsShare({ read, exists })) return ok(NAME, GIVE_WAY);
  // Over a socket asof cannot tell which process is its connection's.
  if (!databaseUrl || (new URL(databaseUrl).hostname !== "" && mayLower()))
    return ok(
      NAME,
      "autogroups are on: PostgreSQL's processes of runs and large trainings give way to requests",
    );
  return warning(
    NAME,
    "autogroups are on, and asof cannot lower PostgreSQL's processes: beside requests those of runs take half of what is short",
    "sysctl kernel.sched_autogroup_enabled=0, or run asof and its PostgreSQL in one container or a systemd unit with CPUWeight",
  );
}

function mayLower(): boolean {
  const user = process.getuid?.();
  if (user === 0) return true;
  const servers = readdirSync("/proc").filter(
    (pid) => /^\d+$/.test(pid) && SYSTEM_FILES.read(`/proc/${pid}/cmdline`)?.startsWith("postgres: "),
  );
  return (
    servers.length > 0 &&
    servers.every((pid) => (statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? user) === user)
  );
}
