import fc from "fast-check";

/** Seconds a property is tried for: few in the test run, FUZZ_SECONDS in `npm run fuzz`. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 4);
/** What vitest may wait for one property: its time, and the shrinking of a failure. */
export const fuzzTimeoutMs = SECONDS * 2_000 + 90_000;

/**
 * Tries the property on `least` inputs however slow the machine is, then on others until its time is over. From a
 * new seed every time; FUZZ_SEED takes the one a failure named.
 */
export async function fuzz<T>(
  inputs: fc.Arbitrary<T>,
  least: number,
  property: (input: T) => Promise<void>,
): Promise<void> {
  const since = Date.now();
  const seed = process.env.FUZZ_SEED ? { seed: Number(process.env.FUZZ_SEED) } : {};
  let tried = 0;
  const counted = fc.asyncProperty(inputs, async (input) => {
    tried++;
    await property(input);
  });
  await fc.assert(counted, { ...seed, numRuns: least });
  const leftMs = SECONDS * 1_000 - (Date.now() - since);
  if (leftMs > 0) {
    const untilThen = { interruptAfterTimeLimit: leftMs, markInterruptAsFailure: false };
    const report = await fc.check(counted, { numRuns: Number.MAX_SAFE_INTEGER, ...untilThen });
    // Not `assert`: interrupted before its first input it would fail, too.
    if (report.counterexample !== null) {
      throw new Error(fc.defaultReportMessage(report), { cause: report.errorInstance });
    }
  }
  if (process.env.FUZZ_SECONDS) console.info(`${tried} inputs were tried`);
}
