import { existsSync } from "node:fs";
import { dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** The folder of package.json, whether this runs from src, from dist or from a bundle. */
export const PROJECT_ROOT = findRoot(here);

/** A file that comes with the program: `projectFile("drizzle")`. */
export const projectFile = (path: string): string => join(PROJECT_ROOT, path);

/**
 * A module of what this runs from, a build or src: `programFile("cli/main")`. A build has files of those alone that are named
 * in scripts/program.mjs.
 */
export const programFile = (module: string): URL =>
  pathToFileURL(
    projectFile(join(relative(PROJECT_ROOT, here).split(sep)[0]!, module + extname(import.meta.url))),
  );

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) throw new Error(`asof: no package.json in ${from} or above it`);
  }
}
