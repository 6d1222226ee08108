import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { programFile } from "../values/project-root.js";

/** What Node is started with to run a program of asof's own: `processCommand("serving/isolated/model.process")`. Under tsx it is the TypeScript. */
export function processCommand(module: string): string[] {
  const script = fileURLToPath(programFile(module));
  return [...(script.endsWith(".ts") ? tsx(script) : []), script];
}

function tsx(base: string): string[] {
  const loader = createRequire(base).resolve("tsx/package.json").replace("package.json", "dist/loader.mjs");
  return ["--import", pathToFileURL(loader).href];
}
