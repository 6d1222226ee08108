import { existsSync, readFileSync } from "node:fs";

/** What is asked of the machine; a test has its own. */
export interface SystemFiles {
  /** A file of /proc or /sys; null where there is none. */
  read(path: string): string | null;
  exists(path: string): boolean;
}

/**
 * Whether Linux shares the processor among sessions before it looks at priorities: its autogroups are on, and this process has
 * no control group of the processor's, as it has in a container or in a unit with a weight.
 */
export function sessionsShare({ read, exists }: SystemFiles = SYSTEM_FILES): boolean {
  const enabled = read("/proc/sys/kernel/sched_autogroup_enabled")?.trim() === "1";
  return enabled && !hasGroup(read("/proc/self/cgroup") ?? "", exists);
}

function hasGroup(cgroups: string, exists: SystemFiles["exists"]): boolean {
  return cgroups.split("\n").some((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") return exists(`/sys/fs/cgroup${path}/cpu.weight`.replace("//", "/"));
    return controllers.split(",").includes("cpu") && path !== "/";
  });
}

/** Of this machine. */
export const SYSTEM_FILES: SystemFiles = {
  exists: existsSync,
  read: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return null;
    }
  },
};
