import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BUILD } from "../support/build.js";

export const NEXT_VERSION = "99.0.0";

/** The next release, as far as processes can tell: the build in a project of its own, with another version. */
export function makeNextBuild(): { main: string; remove(): void } {
  // Beside node_modules, which it finds above itself.
  const folder = mkdtempSync(resolve(".asof-next-"));
  const own = ["package.json", "node_modules"];
  for (const name of readdirSync("."))
    if (!own.includes(name) && !name.startsWith(".")) symlinkSync(resolve(name), join(folder, name));
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, version: NEXT_VERSION }));
  cpSync(BUILD, join(folder, "built"), { recursive: true });
  return {
    main: join(folder, "built/main.js"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
