/** Less than a scrape may take: a database that hangs must not cost what needs no database. */
const LIMIT_MS = 2_000;

/**
 * One read for all who ask while it is under way, and for `keepMs` after it: the gauges of a scrape are collected at once, and
 * scrapers are several. Who has waited for 2 s, or whose read fails, gets `otherwise`, which is not kept.
 * @param now milliseconds that never go back
 */
export function sharedRead<T>(
  read: () => Promise<T>,
  otherwise: T,
  keepMs: number,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  let kept: { value: T; until: number } | null = null;
  return async () => {
    if (kept && now() < kept.until) return kept.value;
    underWay ??= read()
      .then((value) => {
        kept = { value, until: now() + keepMs };
        return value;
      })
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
