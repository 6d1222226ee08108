import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { command } from "../support/measure.js";

export const root = new URL("../..", import.meta.url).pathname;
const git = (...args: string[]): string =>
  execFileSync("git", ["-C", root, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();

/** One commit, built in a worktree of its own, with a home of its own beside it. */
export interface Checkout {
  commit: string;
  subject: string;
  folder: string;
  home: string;
  /** Where its processes work: in the worktree, or in its database. */
  places(): string[];
  remove(): void;
}

/** @throws {Error} git knows no such commit */
export const commitOf = (name: string): string => git("rev-parse", "--verify", `${name}^{commit}`);

/** What a branch began from; on the main branch the commit before. */
export function defaultBase(): string {
  const head = commitOf("HEAD");
  for (const main of ["main", "origin/main"]) {
    try {
      const base = git("merge-base", "HEAD", main);
      if (base !== head) return base;
    } catch {
      // No such branch here.
    }
  }
  return commitOf("HEAD~1");
}

export const hasChanges = (): boolean => git("status", "--porcelain", "--untracked-files=no") !== "";

/** Both at once would only take turns on the processor. Whatever fails, `remove` leaves nothing. */
export function checkOut(
  commit: string,
  parent: string,
  name: string,
): Checkout & { build(): Promise<void> } {
  const folder = join(parent, name);
  const home = join(parent, `${name}-home`);
  mkdirSync(home);
  // Started by root, the database belongs to somebody else, who must get there.
  chmodSync(home, 0o755);
  return {
    commit,
    subject: git("log", "-1", "--format=%h %s", commit),
    folder,
    home,
    places: () => [folder, home, databaseOf(home)],
    build: async () => {
      git("worktree", "add", "--detach", folder, commit);
      chmodSync(folder, 0o755);
      await install(folder);
      await command(process.execPath, ["scripts/build.mjs"], {}, folder);
    },
    remove: () => {
      const database = databaseOf(home);
      rmSync(database, { recursive: true, force: true });
      rmSync(home, { recursive: true, force: true });
      // Not git's own removal: it does not touch what the build left.
      rmSync(folder, { recursive: true, force: true });
      git("worktree", "prune");
    },
  };
}

/** The packages that are here already, where they are the same. */
async function install(folder: string): Promise<void> {
  const lockOf = (of: string) => readFileSync(join(of, "package-lock.json"), "utf8");
  if (lockOf(folder) === lockOf(root))
    symlinkSync(realpathSync(join(root, "node_modules")), join(folder, "node_modules"));
  else await command("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline"], {}, folder);
}

/** The embedded database; below /var/lib where its user cannot enter the home. */
function databaseOf(home: string): string {
  const place = join(home, "postgres");
  const stat = lstatSync(place, { throwIfNoEntry: false });
  return stat?.isSymbolicLink() ? realpathSync(place) : place;
}
