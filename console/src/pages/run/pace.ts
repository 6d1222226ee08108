/** What an event of a step's progress says: `data` is the step's own, of whatever kind. */
interface ProgressEvent {
  progress?: number | null | undefined;
  data?: unknown;
}

export interface Pace {
  /** `662 trees/s`; null where the step does not say. */
  rate: string | null;
  /** Null where nothing can be said yet. */
  leftMs: number | null;
}

/**
 * How fast a step goes, and how long it will take: what is left at the rate it reports, or else at the share that is done.
 * @param elapsedMs since the step began
 */
export function paceOf({ progress, data }: ProgressEvent, elapsedMs: number): Pace {
  const { done, total, unit, ratePerSecond, rowsPerSecond } = (data ?? {}) as Record<string, unknown>;
  const share = progress ?? null;
  if (isPositive(ratePerSecond) && typeof done === "number" && typeof total === "number") {
    const leftMs = (1_000 * Math.max(0, total - done)) / ratePerSecond;
    return { rate: perSecond(ratePerSecond, typeof unit === "string" ? unit : ""), leftMs };
  }
  const rate = isPositive(rowsPerSecond) ? perSecond(rowsPerSecond, "rows") : null;
  // Before a hundredth is done the rest says nothing.
  if (share === null || share < 0.01 || elapsedMs <= 0) return { rate, leftMs: null };
  return { rate, leftMs: (elapsedMs * (1 - share)) / share };
}

const isPositive = (value: unknown): value is number => typeof value === "number" && value > 0;

const perSecond = (rate: number, unit: string): string =>
  `${new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 }).format(rate)} ${unit}/s`;
