import { pathToFileURL } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * What vitest.config.ts puts in the place of src/threads/spawn-worker.ts: the threads of a test are the built ones, as in
 * the service. Through tsx, each takes a second longer to start; tests/training/worker-start.test.ts starts one that way, too.
 */
export function spawnWorker(name: string, base: string, options: WorkerOptions): Worker {
  const [root, sources] = ["", "src/"].map((path) => pathToFileURL(`${process.cwd()}/${path}`).href) as [
    string,
    string,
  ];
  const module = base.replace(sources, `${root}.test-dist/`);
  return new Worker(new URL(`./${name}.worker.js`, module), options);
}
