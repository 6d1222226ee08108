/** Less than a scrape may take: a database that hangs must not cost what needs no database. */
const LIMIT_MS = 2_000;

/**
 * One read for all who ask while it is under way: the gauges of a scrape are collected at once. Who has waited for 2 s, or
 * whose read fails, gets `otherwise`.
 */
export function sharedRead<T>(read: () => Promise<T>, otherwise: T): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  return async () => {
    underWay ??= read()
      .catch(() => otherwise)
      .finally(() => {
        underWay = null;
      });
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<T>((resolve) => {
      timer = setTimeout(() => resolve(otherwise), LIMIT_MS);
    });
    return Promise.race([underWay, limit]).finally(() => clearTimeout(timer));
  };
}
