import { createRequire } from "node:module";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { programFile } from "../values/project-root.js";

/**
 * Starts the thread of a module: `spawnWorker("training/train.worker", …)`. Under tsx it is the TypeScript. On Node 20 tsx's hooks,
 * although inherited through execArgv, do not reach a thread's entry module (tsx issue 354), so there the thread
 * starts on a line of JavaScript that registers tsx and then imports the TypeScript.
 */
export function spawnWorker(module: string, options: WorkerOptions): Worker {
  const url = programFile(module);
  if (url.pathname.endsWith(".js")) return new Worker(url, options);
  // Not resolve("tsx/esm/api"): that gives the CommonJS build, whose register() looks for a file that is not there.
  const tsx = JSON.stringify(
    createRequire(url).resolve("tsx/package.json").replace("package.json", "dist/esm/api/index.mjs"),
  );
  const entry = JSON.stringify(url.href);
  const source = `import(${tsx}).then(({ register }) => { register(); return import(${entry}); });`;
  return new Worker(source, { ...options, eval: true });
}
