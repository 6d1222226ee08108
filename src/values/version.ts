import { readFileSync } from "node:fs";
import { projectFile } from "./project-root.js";

/** asof's own, of package.json. */
export const VERSION: string = JSON.parse(readFileSync(projectFile("package.json"), "utf8")).version;
