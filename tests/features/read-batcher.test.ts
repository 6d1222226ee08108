import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FeatureStore } from "../../src/features/feature-store.js";
import { ReadBatcher } from "../../src/features/read-batcher.js";
import type { UserFeatures } from "../../src/features/types.js";
import { definitions } from "./definitions.js";
import { type StoreDatabase, storeDatabase } from "./store.js";

/** Reads that end when the test says so; the value of a key is the key in capitals. */
function heldReads() {
  const reads: { keys: readonly string[]; end(error?: unknown): void }[] = [];
  const batcher = new ReadBatcher<string, string>(
    (keys) =>
      new Promise((resolve, reject) => {
        const end = (error?: unknown) =>
          error ? reject(error) : resolve(keys.map((key) => key.toUpperCase()));
        reads.push({ keys, end });
      }),
    (error) => error === "one key's fault",
  );
  return { batcher, reads, keys: () => reads.map(({ keys }) => keys.join("")) };
}

describe("a batcher of reads", () => {
  it("makes the reads of one turn one, and gives each reader its own values in its order", async () => {
    const { batcher, reads, keys } = heldReads();
    const answers = [["a"], ["c", "b"], [], ["a"]].map((each) => batcher.read(each));
    await nextTurn();
    expect(keys()).toEqual(["acba"]);
    reads[0]!.end();
    expect(await Promise.all(answers)).toEqual([["A"], ["C", "B"], [], ["A"]]);
  });

  it("begins a lone read at the end of its turn, beside one that is under way", async () => {
    const { batcher, reads, keys } = heldReads();
    const first = batcher.read(["a"]);
    await nextTurn();
    const second = batcher.read(["b"]);
    await nextTurn();
    expect(keys()).toEqual(["a", "b"]);
    for (const read of reads) read.end();
    expect(await Promise.all([first, second])).toEqual([["A"], ["B"]]);
  });

  it("gathers while two are under way, until one of them returns", async () => {
    const { batcher, reads, keys } = heldReads();
    const answers = [batcher.read(["a"])];
    await nextTurn();
    answers.push(batcher.read(["b"]));
    await nextTurn();
    answers.push(batcher.read(["c"]));
    await nextTurn();
    reads[1]!.end();
    answers.push(batcher.read(["d"]));
    await answers[1];
    await nextTurn();
    expect(keys()).toEqual(["a", "b", "cd"]);
    for (const read of reads) read.end();
    expect((await Promise.all(answers)).flat()).toEqual(["A", "B", "C", "D"]);
  });

  it("waits no longer than its bound for reads that hang", async () => {
    const { batcher, reads } = heldReads();
    for (const key of ["a", "b"]) {
      void batcher.read([key]);
      await nextTurn();
    }
    const third = batcher.read(["c"]);
    while (reads.length < 3) await nextTurn();
    reads[2]!.end();
    expect(await third).toEqual(["C"]);
  });

  it("reads many keys at once, and closes a batch that is full", async () => {
    const { batcher, reads } = heldReads();
    const many = Array.from({ length: 200 }, () => "x");
    const answers = [many, many, [...many, ...many]].map((each) => batcher.read(each));
    await nextTurn();
    expect(reads.map(({ keys }) => keys.length).sort()).toEqual([200, 200, 400]);
    for (const read of reads) read.end();
    expect((await Promise.all(answers)).map(({ length }) => length)).toEqual([200, 200, 400]);
  });

  it("lets each read alone after the fault of one key; any other failure is everybody's", async () => {
    const { batcher, reads, keys } = heldReads();
    const asked = () => ["a", "b"].map((key) => batcher.read([key]).catch((error) => error));
    const apart = asked();
    await nextTurn();
    reads[0]!.end("one key's fault");
    while (reads.length < 3) await nextTurn();
    expect(keys()).toEqual(["ab", "a", "b"]);
    reads[1]!.end("one key's fault");
    reads[2]!.end();
    expect(await Promise.all(apart)).toEqual(["one key's fault", ["B"]]);
    const together = asked();
    await nextTurn();
    reads[3]!.end("the database is away");
    expect(await Promise.all(together)).toEqual(["the database is away", "the database is away"]);
    expect(reads).toHaveLength(4);
  });
});

describe("features that many callers ask for at once", () => {
  let database: StoreDatabase;
  const users = ["u1", "u2", "u3"];
  const [view] = definitions.views;
  beforeAll(async () => {
    database = await storeDatabase();
    for (const [index, user] of users.entries()) {
      const values = view!.features.map((name) => DRAWN[view!.source.columns[name]!.type]!(index));
      await database.online(view!.name, user, "2024-01-31", values);
    }
  });
  afterAll(() => database?.drop());

  it("come of one statement, to each caller his own; a text PostgreSQL cannot hold fails alone", async () => {
    const statements: number[] = [];
    const counting = {
      query: (query: { values: [keys: unknown] }) => {
        statements.push(String(query.values[0]).split(",").length);
        return database.pool.query(query as never);
      },
    };
    const store = new FeatureStore(counting as never, definitions, () => new Date("2024-02-01"));
    const told = (ids: string[]) =>
      Promise.all(ids.map((key) => store.read([{ key }]).catch(({ code }) => code)));
    const alone: UserFeatures["values"][] = [];
    for (const user of users) alone.push((await store.read([{ key: user }]))[0]!.values);
    expect(new Set(alone.map((values) => JSON.stringify(values))).size).toBe(3);
    statements.length = 0;
    const found = await told([...users, "nobody"]);
    expect(statements).toEqual([4]);
    expect(found.slice(0, 3).map(([{ key, values }]: any) => [key, values])).toEqual(
      users.map((user, index) => [user, alone[index]]),
    );
    expect(found[3][0].statuses[0].status).toBe("NOT_FOUND");
    const [fine, broken] = await told(["u2", "\0"]);
    expect([fine[0].values, broken]).toEqual([alone[1], "22021"]);
  });
});

const DRAWN: Record<string, (index: number) => number | string | boolean> = {
  int: (i) => i,
  float: (i) => i / 2,
  bool: (i) => i === 1,
  string: (i) => `text ${i}`,
  date: (i) => `2024-01-0${i + 1}`,
};
