import { describe, expect, it } from "vitest";
import { waitAtMost } from "../../src/alerts/wait-at-most.js";

const LATE = new Error("it was late");
const STOPS = new Error("the process stops");

describe("waiting for a function of a deployment's own", () => {
  it("does not begin it where the process stops already", async () => {
    let begun = 0;
    const waiting = waitAtMost(60_000, LATE, AbortSignal.abort(STOPS), () => {
      begun++;
      throw new Error("it failed at once");
    });
    await expect(waiting).rejects.toBe(STOPS);
    expect(begun).toBe(0);
  });

  it("ends with the reason of the stop where that comes meanwhile, and says so to what is under way", async () => {
    const closing = new AbortController();
    let given: AbortSignal | undefined;
    const waiting = waitAtMost(60_000, LATE, closing.signal, (signal) => {
      given = signal;
      return new Promise(() => {});
    });
    closing.abort(STOPS);
    await expect(waiting).rejects.toBe(STOPS);
    expect(given?.reason).toBe(STOPS);
  });

  it("fails with what fails at once, or after it was late: that ends nothing else", async () => {
    const failed = new Error("it failed");
    const { signal } = new AbortController();
    const atOnce = waitAtMost(60_000, LATE, signal, () => {
      throw failed;
    });
    await expect(atOnce).rejects.toBe(failed);
    let fail = (): void => {};
    const work = new Promise<never>((_, reject) => {
      fail = () => reject(failed);
    });
    await expect(waitAtMost(1, LATE, signal, () => work)).rejects.toBe(LATE);
    fail();
    await expect(work).rejects.toBe(failed);
  });
});
