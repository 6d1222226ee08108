import { hash } from "node:crypto";

/** Who is held out of a training, as any engine can say of a row by itself (docs/export.md). */
export interface HeldOutRule {
  /** 0 .. 2^32 - 1 */
  readonly seed: number;
  /** The share of keys that is held out, about. */
  readonly testFraction: number;
}

/** The column of an export that says it. */
export const HELD_OUT = "held_out";

/** Eight digits in hex, lower case: whose hash is below is held out. @param testFraction 0 .. 1 */
export const heldOutBelow = ({ testFraction }: Pick<HeldOutRule, "testFraction">): string =>
  Math.min(2 ** 32 - 1, Math.floor(testFraction * 2 ** 32))
    .toString(16)
    .padStart(8, "0");

/**
 * Whether the first eight hex digits of SHA-256 of `<seed>:<key>` in UTF-8 are below the rule's. It depends on nothing else: not on
 * labels, not on who else is there. @param key as asof keeps it
 */
export function heldOutBy(rule: HeldOutRule): (key: string) => boolean {
  const below = heldOutBelow(rule);
  return (key) => hash("sha256", `${rule.seed}:${key}`, "hex").slice(0, 8) < below;
}

/** The column of exports that says how much a row counts, where rows weigh. */
export const SAMPLE_WEIGHT = "sample_weight";
