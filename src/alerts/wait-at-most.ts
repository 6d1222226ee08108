/**
 * Waits for a function of a deployment's own, and no longer than so: one that hangs holds up nobody.
 * @param work is given a signal that says when nobody waits any more
 * @throws {Error} `late`; or the reason of `closing`
 */
export async function waitAtMost<T>(
  ms: number,
  late: Error,
  closing: AbortSignal,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  closing.throwIfAborted();
  const ending = new AbortController();
  const { signal } = ending;
  const close = () => ending.abort(closing.reason);
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  closing.addEventListener("abort", close, { once: true });
  const timer = setTimeout(() => ending.abort(late), ms);
  try {
    return await Promise.race([work(signal), ended]);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener("abort", close);
  }
}
