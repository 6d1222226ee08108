import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json, whether this runs from src, from dist or from a bundle. */
export const PROJECT_ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** A file that comes with the program: `projectFile("drizzle")`. */
export const projectFile = (path: string): string => join(PROJECT_ROOT, path);

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) throw new Error(`asof: no package.json in ${from} or above it`);
  }
}
