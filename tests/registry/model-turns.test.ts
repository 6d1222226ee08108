import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { KeyedQueue } from "../../src/registry/keyed-queue.js";

const full = (name: string) => new Error(`too many of ${name}`);

/** Work that ends when it is told to. */
function work<T>(log: string[], name: string) {
  let end!: (value: T) => void;
  let fail!: (error: Error) => void;
  const ended = new Promise<T>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const begin = () => {
    log.push(name);
    return ended;
  };
  return { begin, end, fail };
}

it("of one name, work is done one piece at a time, in the order it came; other names do not wait for it", async () => {
  const turns = new KeyedQueue(8, full);
  const log: string[] = [];
  const [a, b, c, other] = ["a", "b", "c", "other"].map((name) => work<string>(log, name));
  const answers = [a, b, c].map((each) => turns.take("churn", each!.begin));
  const others = turns.take("upsell", other!.begin);
  await nextTurn();
  expect(log).toEqual(["a", "other"]);
  // That the last one could end at once makes it no earlier.
  c!.end("third");
  a!.end("first");
  await nextTurn();
  expect(log).toEqual(["a", "other", "b"]);
  b!.end("second");
  expect(await Promise.all(answers)).toEqual(["first", "second", "third"]);
  expect(log).toEqual(["a", "other", "b", "c"]);
  other!.end("other");
  expect(await others).toBe("other");
});

it("what fails is the failure of who asked for it alone: the next has its turn", async () => {
  const turns = new KeyedQueue(8, full);
  const failing = turns.take("churn", async () => {
    throw new Error("no file");
  });
  const next = turns.take("churn", async () => "done");
  await expect(failing).rejects.toThrow("no file");
  expect(await next).toBe("done");
});

it("work that throws before its first wait fails in the same way", async () => {
  const turns = new KeyedQueue(8, full);
  const failing = turns.take("churn", () => {
    throw new Error("at once");
  });
  await expect(failing).rejects.toThrow("at once");
  expect(await turns.take("churn", async () => "done")).toBe("done");
});

it("who comes when as many wait or are under way as may is refused, and never begun; one that ends leaves room", async () => {
  const turns = new KeyedQueue(3, full);
  const log: string[] = [];
  const pieces = ["a", "b", "c"].map((name) => work<string>(log, name));
  const answers = pieces.map((each) => turns.take("churn", each.begin));
  const late = work<string>(log, "late");
  await expect(turns.take("churn", late.begin)).rejects.toThrow("too many of churn");
  expect(await turns.take("upsell", async () => "not full")).toBe("not full");
  pieces[0]!.end("a");
  await answers[0];
  const next = turns.take("churn", late.begin);
  for (const each of [...pieces, late]) each.end("");
  await Promise.all([...answers, next]);
  expect(log).toEqual(["a", "b", "c", "late"]);
});

it("a failure leaves room as an answer does", async () => {
  const turns = new KeyedQueue(1, full);
  for (let round = 0; round < 3; round++) {
    const failing = turns.take("churn", async () => {
      throw new Error("again");
    });
    await expect(turns.take("churn", async () => {})).rejects.toThrow("too many of churn");
    await expect(failing).rejects.toThrow("again");
  }
});
