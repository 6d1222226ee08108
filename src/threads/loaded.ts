import { parentPort, type Worker } from "node:worker_threads";

const LOADED = "asof:loaded";

/** A thread calls this first: its modules are loaded, and it may be terminated from outside. */
export const reportLoaded = (): void => parentPort!.postMessage(LOADED);

export const isLoaded = (message: unknown): boolean => message === LOADED;

/**
 * Ends a thread, but not while it loads its modules: Node.js opens each file for that, and the files of a thread that is
 * ended meanwhile stay open for as long as the process lives. Make it as soon as the thread is spawned.
 */
export function endOnceLoaded(worker: Worker): () => void {
  let loaded = false;
  let asked = false;
  worker.on("message", (message) => {
    if (!isLoaded(message)) return;
    loaded = true;
    if (asked) void worker.terminate();
  });
  return () => {
    asked = true;
    if (loaded) void worker.terminate();
  };
}
