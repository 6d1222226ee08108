import { resolve } from "node:path";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { BUILD } from "./build.js";

/**
 * What vitest.config.ts puts in the place of src/threads/spawn-worker.ts: the threads of a test are the built ones, as in
 * the service. Through tsx, each takes a second longer to start; tests/training/worker-start.test.ts starts one that way, too.
 */
export const spawnWorker = (module: string, options: WorkerOptions): Worker =>
  new Worker(resolve(BUILD, `${module}.js`), options);
