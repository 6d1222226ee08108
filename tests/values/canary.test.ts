import { expect, it } from "vitest";
import { isChallenged } from "../../src/serving/canary-arm.js";
import { orderByHash } from "../../src/training/tasks/row-order.js";
import { type CanaryEvidence, canaryRule, whyStopped } from "../../src/values/canary.js";

const EVIDENCE: CanaryEvidence = {
  ...{ challenged: 90, fallbacks: 10, compared: 100, agreement: 0.9 },
  champion: { labelled: 100, value: 0.8 },
  challenger: { labelled: 100, value: 0.75 },
};

it.each([
  ["no bound", {}, {}, null],
  [
    "too many fallbacks",
    { maxFallbackShare: 0.05 },
    {},
    /the champion had to answer 10 of the challenger's 100/,
  ],
  ["as many as are allowed", { maxFallbackShare: 0.1 }, {}, null],
  ["too little agreement", { minAgreement: 0.95 }, {}, /both said the same on 0\.9 of 100 requests/],
  ["enough", { minAgreement: 0.9 }, {}, null],
  ["none that is known", { minAgreement: 0.95 }, { agreement: null }, null],
  [
    "a metric that is worse",
    { metric: "auc", maxLoss: 0.04 },
    {},
    /auc is 0\.75 of the challenger and 0\.8 of the champion/,
  ],
  ["within its bound", { metric: "auc", maxLoss: 0.06 }, {}, null],
  ["one that is better when lower", { metric: "log_loss", maxLoss: 0 }, {}, null],
  ["too few rows", { minRows: 101, metric: "auc", minAgreement: 1, maxFallbackShare: 0 }, {}, null],
] as const)("a canary's rule: %s", (_what, rule, more, reason) => {
  const why = whyStopped(canaryRule.parse({ minRows: 100, ...rule }), { ...EVIDENCE, ...more });
  if (reason === null) expect(why).toBeNull();
  else expect(why).toMatch(reason);
});

it("a key is the challenger's by its hash: about the share, the same each time, and others in another canary", () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `U-${i}`);
  const of = (id: number, share: number) => new Set(keys.filter((key) => isChallenged({ id, share }, key)));
  const [tenth, again, fifth, other] = [of(7, 0.1), of(7, 0.1), of(7, 0.2), of(8, 0.1)];
  expect(tenth.size / keys.length).toBeCloseTo(0.1, 2);
  expect(again).toEqual(tenth);
  // Of a greater share nobody leaves.
  expect([...tenth].every((key) => fifth.has(key))).toBe(true);
  expect([...tenth].filter((key) => other.has(key)).length / tenth.size).toBeLessThan(0.2);
});

it("a key is drawn apart from what a training of the same seed holds out", () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `U-${i}`);
  const heldOut = Array.from(orderByHash(keys, 7).slice(0, 5_000), (row) => keys[row]!);
  const shareOf = (some: readonly string[]) =>
    some.filter((key) => isChallenged({ id: 7, share: 0.1 }, key)).length / some.length;
  expect(shareOf(heldOut)).toBeCloseTo(0.1, 1);
});
