import { expect, it } from "vitest";
import { standardError } from "../../src/monitoring/live-metrics.js";
import { isChallenged } from "../../src/serving/canary-arm.js";
import { orderByHash } from "../../src/training/tasks/row-order.js";
import {
  type ArmEvidence,
  type CanaryEvidence,
  canaryRule,
  standardErrors,
  whyStopped,
} from "../../src/values/canary.js";
import { uniform } from "../training/tables.js";

const EVIDENCE: CanaryEvidence = {
  ...{ challenged: 90, fallbacks: 10, compared: 100, agreement: 0.9 },
  champion: { labelled: 100, value: 0.8, error: () => 0.001 },
  challenger: { labelled: 100, value: 0.75, error: () => 0.001 },
};
const unsure = (error: number | null) => ({ ...EVIDENCE.challenger, error: () => error });

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
  [
    "a loss beyond its bound that chance explains",
    { metric: "auc", maxLoss: 0.04 },
    { challenger: unsure(0.01) },
    null,
  ],
  ["a loss whose error is not known", { metric: "auc", maxLoss: 0.04 }, { challenger: unsure(null) }, null],
  ["within its bound", { metric: "auc", maxLoss: 0.06 }, {}, null],
  ["one that is better when lower", { metric: "log_loss", maxLoss: 0 }, {}, null],
  [
    "too few rows",
    { minRows: 101, metric: "auc", maxLoss: 0, minAgreement: 1, maxFallbackShare: 0 },
    {},
    null,
  ],
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

it.each([
  ["maxLoss", { metric: "auc" }, "how much of auc may be lost was expected"],
  ["metric", { maxLoss: 0.02 }, "maxLoss needs the metric that it is of"],
])(
  "a rule names its metric and what of it may be lost together: without %s it is refused",
  (path, rule, message) => {
    expect(canaryRule.safeParse(rule).error?.issues).toMatchObject([{ path: [path], message }]);
  },
);

const meanOf = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + row, 0) / rows.length;
/** Rows that are right with that probability, as the metric accuracy sees them. */
const rightOrWrong = (rows: number, accuracy: number, stream: number) =>
  Array.from({ length: rows }, (_, row) => (uniform(row, stream) < accuracy ? 1 : 0));

it.each([400, 40_000])("the error of a mean of %i rows is the one that is known of it", (rows) => {
  const errors = Array.from(
    { length: 20 },
    (_, salt) => standardError(rightOrWrong(rows, 0.8, salt), meanOf)!,
  );
  expect(meanOf(errors) / Math.sqrt((0.8 * 0.2) / rows)).toBeCloseTo(1, 0.7);
  expect(standardError(rightOrWrong(39, 0.8, 1), meanOf)).toBeNull();
});

/** Whether any of 40 looks at ever more rows stops a canary. */
function isStopped(canary: number, lost: number): boolean {
  const rows = [0.8, 0.8 - lost].map((accuracy, arm) => rightOrWrong(8_000, accuracy, 2 * canary + arm));
  const rule = canaryRule.parse({ metric: "accuracy", maxLoss: 0.01 });
  return Array.from({ length: 40 }, (_, look) => 200 * (look + 1)).some((seen) => {
    const [champion, challenger] = rows.map((all): ArmEvidence => {
      const labelled = all.slice(0, seen);
      return { labelled: seen, value: meanOf(labelled), error: () => standardError(labelled, meanOf) };
    });
    return whyStopped(rule, { ...EVIDENCE, champion: champion!, challenger: challenger! }) !== null;
  });
}

it("one that loses what is allowed is seldom stopped, however often it is looked; one that loses more is", () => {
  const stopped = (lost: number) =>
    Array.from({ length: 60 }, (_, canary) => isStopped(canary, lost)).filter(Boolean).length / 60;
  expect(stopped(0.01)).toBeLessThanOrEqual(0.05);
  expect(stopped(0.06)).toBeGreaterThan(0.95);
});

it("chance is given three to four standard errors", () => {
  expect([1, 10, 100].map((times) => standardErrors(200 * times, 200))).toEqual([
    expect.closeTo(3.66, 2),
    expect.closeTo(3.04, 2),
    expect.closeTo(3.27, 2),
  ]);
});
