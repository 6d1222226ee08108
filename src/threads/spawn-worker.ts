import { createRequire } from "node:module";
import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Starts `name`.worker.js beside the module at `base`; under tsx and vitest, `name`.worker.ts. On Node 20 tsx's hooks, although
 * inherited through execArgv, do not reach a thread's entry module (tsx issue 354), so there the thread
 * starts on a line of JavaScript that registers tsx and then imports the TypeScript.
 */
export function spawnWorker(name: string, base: string, options: WorkerOptions): Worker {
  if (!base.endsWith(".ts")) return new Worker(new URL(`./${name}.worker.js`, base), options);
  // Not resolve("tsx/esm/api"): that gives the CommonJS build, whose register() looks for a file that is not there.
  const tsx = JSON.stringify(
    createRequire(base).resolve("tsx/package.json").replace("package.json", "dist/esm/api/index.mjs"),
  );
  const entry = JSON.stringify(new URL(`./${name}.worker.ts`, base));
  const source = `import(${tsx}).then(({ register }) => { register(); return import(${entry}); });`;
  return new Worker(source, { ...options, eval: true });
}
