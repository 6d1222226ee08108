/** What a model made elsewhere may take. */
export interface ModelLimits {
  /** Beyond what its process needs without it. */
  memoryBytes: number;
  /** For one batch of rows, of 1 to 1 024. */
  batchMs: number;
  /** For its process to start and to load it. */
  loadMs: number;
}

export const MEGABYTE = 1024 * 1024;

export const DEFAULT_LIMITS: ModelLimits = {
  memoryBytes: 512 * MEGABYTE,
  batchMs: 5_000,
  loadMs: 30_000,
};

/** By which a process that takes too much ends itself, so that its parent knows why. */
export const OUT_OF_MEMORY = "SIGUSR2";
/** The same, long after its parent should have noticed that it is late. */
export const OUT_OF_TIME = "SIGALRM";

export const memoryWords = (memoryBytes: number): string =>
  `it took more than ${Math.round(memoryBytes / MEGABYTE)} MB of memory`;
