import { describe, expect, it } from "vitest";
import { DRIFT_LIMITS, judgeDrift } from "../../src/monitoring/drift-report.js";
import { compareCategories, compareNumbers, type ValueCounts } from "../../src/monitoring/feature-drift.js";

/** Small, fast and seeded: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** One draw: a value of each kind of feature the product compares. */
const FEATURES: Record<string, (random: () => number, shift: number) => number | string | null> = {
  continuous: (random, shift) => normal(random) + shift,
  skewed: (random, shift) => Math.exp(normal(random) + shift),
  counts: (random, shift) => Math.floor(-Math.log(1 - random()) * 2 + shift * 2),
  sparse: (random, shift) => (random() < 0.3 - shift / 5 ? null : normal(random)),
  category: (random, shift) => ["a", "b", "c", "d"][Math.min(3, Math.floor(random() ** (1 + shift) * 4))]!,
  rare: (random, shift) => (random() < 0.01 + shift / 3 ? "yes" : "no"),
};

/** Typed, as sorting numbers by a function of ours would be most of these tests' time; texts have few values. */
const sorted = (values: readonly (number | string | null)[]) => {
  const present = values.filter((value) => value !== null);
  return typeof present[0] === "string" ? present.sort() : Float64Array.from(present as number[]).sort();
};

/** The distinct values of two samples with their counts, in ascending order, missing ones first. */
async function* inOrder<T extends number | string | null>(
  before: readonly T[],
  after: readonly T[],
): AsyncGenerator<ValueCounts<T>> {
  const [a, b] = [sorted(before), sorted(after)];
  const missing = { before: before.length - a.length, after: after.length - b.length };
  if (missing.before + missing.after > 0) yield { value: null as T, ...missing };
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const value = j === b.length || (i < a.length && a[i]! <= b[j]!) ? a[i]! : b[j]!;
    const [fromA, fromB] = [i, j];
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    yield { value: value as T, before: i - fromA, after: j - fromB };
  }
}

async function drift(random: () => number, n: number, m: number, shift: number, minPsi: number) {
  const features = [];
  for (const [name, draw] of Object.entries(FEATURES)) {
    const before = Array.from({ length: n }, () => draw(random, 0));
    const after = Array.from({ length: m }, () => draw(random, shift));
    const isText = name === "category" || name === "rare";
    const present = {
      before: before.filter((value) => value !== null).length,
      after: after.filter((value) => value !== null).length,
    };
    const comparison = isText
      ? await compareCategories(inOrder(before as string[], after as string[]))
      : await compareNumbers(inOrder(before as (number | null)[], after as (number | null)[]), present);
    features.push({ name, ...comparison });
  }
  return judgeDrift(features, null, { ...DRIFT_LIMITS, minPsi });
}

describe("drift between two samples of one distribution", () => {
  // Without the PSI floor the test alone must keep its word; the floor only makes it quieter.
  it.each([
    [100, 100, 200],
    [100, 1_000, 100],
    [1_000, 1_000, 100],
    [10_000, 10_000, 20],
    [100_000, 100_000, 4],
  ])("of %i and %i rows alarms in at most five percent of %i tries", async (n, m, tries) => {
    const random = randomOf(n * 31 + m);
    let alarms = 0;
    for (let i = 0; i < tries; i++)
      if ((await drift(random, n, m, 0, 0)).driftedFeatures.length > 0) alarms++;
    // 5 % and two standard deviations of what chance makes of it in so many tries.
    const allowed = tries * 0.05 + 2 * Math.sqrt(tries * 0.05 * 0.95);
    expect(alarms).toBeLessThanOrEqual(allowed);
  });
});

describe("a shift", () => {
  it.each([100, 1_000, 20_000])("of most of a standard deviation is seen in %i rows", async (n) => {
    const { driftedFeatures } = await drift(randomOf(n), n, n, 0.9, DRIFT_LIMITS.minPsi);
    expect(driftedFeatures).toEqual(expect.arrayContaining(["continuous", "skewed", "counts", "category"]));
  });

  it("too small to matter is significant in many rows, and no drift", async () => {
    const { features, driftedFeatures } = await drift(randomOf(7), 50_000, 50_000, 0.05, DRIFT_LIMITS.minPsi);
    expect(features.find(({ name }) => name === "continuous")).toMatchObject({
      significant: true,
      drifted: false,
    });
    expect(driftedFeatures).toEqual([]);
  });

  it("of the share of missing values alone is drift of that feature", async () => {
    const random = randomOf(3);
    const value = (share: number) => (random() < share ? null : normal(random));
    const before = Array.from({ length: 2_000 }, () => value(0.02));
    const after = Array.from({ length: 2_000 }, () => value(0.2));
    const present = {
      before: before.filter((v) => v !== null).length,
      after: after.filter((v) => v !== null).length,
    };
    const comparison = await compareNumbers(inOrder(before, after), present);
    const { features } = judgeDrift([{ name: "sparse", ...comparison }], null, DRIFT_LIMITS);
    expect(features[0]).toMatchObject({
      drifted: true,
      missing: { before: expect.closeTo(0.02, 1), after: expect.closeTo(0.2, 1) },
    });
    expect(comparison.pValue).toBeGreaterThan(0.001);
  });
});
