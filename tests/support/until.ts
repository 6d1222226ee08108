import { setTimeout as delay } from "node:timers/promises";

/** Polls until `condition` returns something other than false, null or undefined; fails with `what` after the limit. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  limitMs = 30_000,
  pauseMs: (waitedMs: number) => number = () => 20,
): Promise<T> {
  const since = Date.now();
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) return value;
    const waitedMs = Date.now() - since;
    if (waitedMs > limitMs) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await delay(pauseMs(waitedMs));
  }
}

/** For what stays as it is once it has come, and is dear to ask for: the longer it takes the seldomer it is asked for. */
export const lessAndLess = (waitedMs: number): number => Math.min(20 + waitedMs / 10, 250);
