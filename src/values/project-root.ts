import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** The folder of package.json, whether this runs from src, from dist or from a bundle. */
export const PROJECT_ROOT = findRoot(here);

/** A file that comes with the program: `projectFile("drizzle")`. */
export const projectFile = (path: string): string => join(PROJECT_ROOT, path);

/** Another program of the build that this is of: `builtFile("main.js")`. */
export const builtFile = (path: string): string =>
  projectFile(join(relative(PROJECT_ROOT, here).split(sep)[0]!, path));

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) throw new Error(`asof: no package.json in ${from} or above it`);
  }
}
