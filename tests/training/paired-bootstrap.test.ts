import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/training/tasks/binary/metrics.js";
import { type PairedMetric, pairedBootstrap } from "../../src/training/tasks/binary/paired-bootstrap.js";
import { sfc32 } from "../../src/training/tasks/bootstrap.js";

const METRICS = ["auc", "average_precision", "log_loss", "brier"] as const;
const options = (metric: PairedMetric, seed = 1) => ({ metric, confidence: 0.95, resamples: 1000, seed });

/** Labels of which a quarter are 1, and a score that knows them through noise of the given strength. */
function scored(rows: number, noise: number, seed: number) {
  const random = sfc32(seed);
  const uniform = () => random() / 2 ** 32;
  const labels = Uint8Array.from({ length: rows }, (_, row) => (row % 4 === 0 ? 1 : 0));
  const score = () =>
    Float64Array.from(labels, (label) => {
      const logit = 2 * label - 1.5 + noise * (uniform() + uniform() + uniform() - 1.5);
      return 1 / (1 + Math.exp(-logit));
    });
  return { labels, score };
}

describe("the paired bootstrap", () => {
  it.each(METRICS)(
    "observes the difference of %s that the evaluation gives, ties included",
    async (metric) => {
      const { labels, score } = scored(200, 3, 5);
      const [one, other] = [score().map((p) => Number(p.toFixed(1))), score()];
      const { observed } = await pairedBootstrap(labels, one, other, options(metric));
      const [a, b] = [one, other].map((scores) => evaluate(labels, scores, 0.5).metrics[metric]);
      const lowerIsBetter = metric === "log_loss" || metric === "brier";
      expect(observed).toBeCloseTo(lowerIsBetter ? b! - a! : a! - b!, 12);
    },
  );

  it.each(METRICS)("tells equal scores apart by nothing at all, judged by %s", async (metric) => {
    const { labels, score } = scored(100, 3, 5);
    const scores = score();
    const interval = await pairedBootstrap(labels, scores, scores.slice(), options(metric));
    expect(interval).toMatchObject({ observed: 0, lower: 0, upper: 0 });
  });

  it("gives the same interval for the same seed, and another for another", async () => {
    const { labels, score } = scored(300, 4, 7);
    const [one, other] = [score(), score()];
    const first = await pairedBootstrap(labels, one, other, options("auc"));
    expect(await pairedBootstrap(labels, one, other, options("auc"))).toEqual(first);
    const another = await pairedBootstrap(labels, one, other, options("auc", 2));
    expect(another.observed).toBe(first.observed);
    expect(another.lower).not.toBe(first.lower);
    expect(Math.abs(another.lower - first.lower)).toBeLessThan(0.02);
  });

  it("covers no difference about as often as it promises: two models of equal quality, 200 draws", async () => {
    let outside = 0;
    for (let draw = 0; draw < 200; draw++) {
      const { labels, score } = scored(200, 4, 100 + draw);
      const interval = await pairedBootstrap(labels, score(), score(), { ...options("auc"), resamples: 300 });
      if (interval.lower > 0 || interval.upper < 0) outside++;
    }
    // 5 % of 200 are 10; more than 20 has a probability below 0.2 % where the promise is kept.
    expect(outside).toBeLessThanOrEqual(20);
    expect(outside).toBeGreaterThan(0);
  });

  it("sees a real difference as one", async () => {
    const { labels, score: good } = scored(800, 3, 11);
    const { score: bad } = scored(800, 9, 12);
    const interval = await pairedBootstrap(labels, good(), bad(), options("auc"));
    expect(interval.lower).toBeGreaterThan(0);
    expect(interval.upper).toBeGreaterThan(interval.observed);
  });

  it("narrows the interval about as the root of the rows", async () => {
    const widths = [];
    for (const rows of [400, 6400]) {
      const { labels, score } = scored(rows, 4, 3);
      const { lower, upper } = await pairedBootstrap(labels, score(), score(), options("auc"));
      widths.push(upper - lower);
    }
    expect(widths[0]! / widths[1]!).toBeGreaterThan(3);
    expect(widths[0]! / widths[1]!).toBeLessThan(5.5);
  });
});
