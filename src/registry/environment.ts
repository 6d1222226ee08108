import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { PROJECT_ROOT, projectFile } from "../values/project-root.js";

/** What a run's outcome may depend on besides its data and parameters. */
export interface RunEnvironment {
  gitCommit: string | null;
  recorded: Record<string, unknown>;
}

/** Where a run's environment has the columns that it left out of its words and reports: `users.income`. */
export const MASKED_COLUMNS = "personalColumns";

/** Read once per process: the code does not change under it. */
export function readEnvironment(definitionsSha256: string, personal: readonly string[]): RunEnvironment {
  const gitCommit = git("rev-parse", "HEAD");
  const status = gitCommit === null ? null : git("status", "--porcelain");
  return {
    gitCommit,
    recorded: {
      gitCommit,
      gitDirty: status === null ? null : status !== "",
      nodeVersion: process.version,
      packageLockSha256: fileSha256("package-lock.json"),
      platform: `${process.platform} ${process.arch}`,
      definitionsSha256,
      ...(personal.length > 0 && { [MASKED_COLUMNS]: personal }),
    },
  };
}

/** Null outside a clone, for example in an image. */
function git(...args: string[]): string | null {
  try {
    const options: ExecFileSyncOptionsWithStringEncoding = {
      cwd: PROJECT_ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    };
    // A parent folder's repository is not ours.
    if (execFileSync("git", ["rev-parse", "--show-prefix"], options).trim() !== "") return null;
    return execFileSync("git", args, options).trim();
  } catch {
    return null;
  }
}

function fileSha256(name: string): string | null {
  try {
    return createHash("sha256")
      .update(readFileSync(projectFile(name)))
      .digest("hex");
  } catch {
    return null;
  }
}
