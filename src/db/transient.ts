const TRANSIENT = new Set([
  "57P01", // the server was told to shut down
  "57P02",
  "57P03",
  "40001",
  "40P01",
  "53300", // too many connections
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
]);

/** What pg says of a connection that was lost, or could not be had, where it gives no code. */
const LOST =
  /^Connection terminated|connection timeout|^timeout exceeded when trying to connect|is not queryable$|COPY connection is gone/;

/** Failures that are worth another try: the database went away for a moment, or two transactions met. */
export function isTransient(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "string" && (TRANSIENT.has(code) || code.startsWith("08"))) return true;
  return typeof message === "string" && LOST.test(message);
}

/** PostgreSQL has no room to write: what it was asked to do is rolled back, it reads on, and does it once there is room. */
export function isDiskFull(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "53100";
}

/** PostgreSQL cannot read or find its own files: they were deleted, damaged, or their disk fails. */
export function isBroken(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" && (code.startsWith("58") || code === "XX001" || code === "XX002");
}

export const BROKEN = "the database cannot read its own files; see the server's log";

/** What to do about it. */
export const DISK_FULL =
  "the database's disk is full, nothing was written; free some space there (applyRetention drops old snapshots, deleteRun the artifacts of a run)";

/**
 * For what is worked out once and stored, by a transaction that reads repeatably: where another has stored it meanwhile it
 * ends with a serialization failure, and done again it finds what is there.
 */
export async function againWhereOvertaken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== "40001") throw error;
    return work();
  }
}
