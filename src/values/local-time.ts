const DAY_MS = 86_400_000;
/** In steps of this length an offset is looked up once: clocks change on them, today's zones at least. */
const STEP_MS = 900_000;
/** Steps that are remembered of a zone: thirty years. */
const MOST_STEPS = 1 << 20;

/** Whether it is a zone of the IANA database, such as `Europe/Berlin`. */
export function isTimeZone(zone: string): boolean {
  // An offset is none: it says nothing of summers.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** The clocks of one zone of the IANA database. */
export class ZoneClock {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  /** @throws {RangeError} there is no such zone */
  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      ...{ era: "short", year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "numeric", minute: "numeric", second: "numeric" },
    });
  }

  /**
   * The instant at which the zone's clocks show it.
   * @param localMs what they show, as milliseconds of UTC; whole seconds
   * @returns milliseconds since 1970; null where they never show it, or show it twice
   */
  instantOf(localMs: number): number | null {
    let found: number | null = null;
    const offsets = new Set([localMs - DAY_MS, localMs, localMs + DAY_MS].map((ms) => this.#offsetAt(ms)));
    for (const offset of offsets) {
      const instant = localMs - offset;
      if (this.#offsetAt(instant) !== offset) continue;
      if (found !== null) return null;
      found = instant;
    }
    return found;
  }

  /** What the zone's clocks are ahead of UTC then, in milliseconds. */
  #offsetAt(ms: number): number {
    const step = Math.floor(ms / STEP_MS);
    const known = this.#offsets.get(step);
    if (known !== undefined) return known;
    const [first, last] = [this.#shown(step * STEP_MS), this.#shown((step + 1) * STEP_MS - 1_000)];
    if (first !== last) return this.#shown(ms);
    if (this.#offsets.size >= MOST_STEPS) this.#offsets.clear();
    this.#offsets.set(step, first);
    return first;
  }

  #shown(ms: number): number {
    const parts: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(ms)) parts[type] = value;
    const year = parts.era === "BC" ? 1 - Number(parts.year) : Number(parts.year);
    const clock = new Date(0);
    clock.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day));
    clock.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
    return clock.getTime() - ms;
  }
}

const clocks = new Map<string, ZoneClock>();

/** @throws {RangeError} there is no such zone */
export function clockOf(zone: string): ZoneClock {
  const known = clocks.get(zone);
  if (known) return known;
  const clock = new ZoneClock(zone);
  clocks.set(zone, clock);
  return clock;
}
