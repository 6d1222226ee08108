import { describe, expect, it } from "vitest";
import { RequestScope } from "../../src/observability/request-scope.js";
import { FIELDS_PER_TURN, ListPacer } from "../../src/resolvers/list-pacer.js";
import { fakeRun, fakeServices } from "../support/fake-services.js";
import { until } from "../support/until.js";
import { query, startApp } from "./running-app.js";

/** How much `work` counts at most between two turns of the event loop. */
async function mostInOneTurn<T>(work: (count: (by?: number) => void) => Promise<T>) {
  let [most, now, on] = [0, 0, true];
  const turn = () => {
    most = Math.max(most, now);
    now = 0;
    if (on) setImmediate(turn);
  };
  setImmediate(turn);
  const result = await work((by = 1) => {
    now += by;
  });
  on = false;
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  return { result, most: Math.max(most, now) };
}

const RUNS = 1_000;
const FIELDS = 18;
const document = `{ runs(first: ${RUNS}) { nodes { ${Array.from(
  { length: FIELDS },
  (_, i) => `m${i}: metricHistory(name: "m${i}", first: 1) { value }`,
).join(" ")} } } }`;

describe("18 000 look-ups of one operation", () => {
  it("are made in 18 statements, and let the event loop go as they are asked for and as they are answered, compiled or not", async () => {
    const services = fakeServices();
    const runs = Array.from({ length: RUNS }, (_, i) => ({ ...fakeRun, id: `r${i}` }));
    services.runs.list = async () => ({
      nodes: runs,
      hasNextPage: false,
      hasPreviousPage: false,
      cursorAt: String,
    });
    const { app } = await startApp({}, services);
    // Asked often, it is compiled.
    for (let round = 0; round < 3; round++) {
      const keys: number[] = [];
      const { result, most } = await mostInOneTurn(async (count) => {
        services.runs.list = async () => ({
          nodes: runs.map((run) => ({
            ...run,
            // Each field that looks something up asks for its run's id.
            get id() {
              count();
              return run.id;
            },
          })),
          hasNextPage: false,
          hasPreviousPage: false,
          cursorAt: String,
        });
        services.runs.metricHistory = async (ids) => {
          keys.push(ids.length);
          return ids.map((id) => [
            {
              name: "m",
              step: 0,
              at: new Date(0),
              get value() {
                count();
                return Number(id.slice(1));
              },
            },
          ]);
        };
        return query(app, document);
      });
      expect(result.errors).toBeUndefined();
      expect(result.data.runs.nodes).toHaveLength(RUNS);
      expect(result.data.runs.nodes[999].m17).toEqual([{ value: 999 }]);
      expect(keys).toEqual(Array.from({ length: FIELDS }, () => RUNS));
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(2 * FIELDS_PER_TURN);
    }
  });
});

describe("long lists", () => {
  it("whose fields are read off their objects are handed on in tenfold pieces", async () => {
    const services = fakeServices();
    const { app } = await startApp({}, services);
    const asked = Array.from({ length: 12 }, (_, i) => `k${i}: kind`).join(" ");
    for (let round = 0; round < 3; round++) {
      const { result, most } = await mostInOneTurn(async (count) => {
        const nodes = Array.from({ length: RUNS }, (_, i) => ({
          ...{ ...fakeRun, id: `r${i}` },
          get kind() {
            count();
            return fakeRun.kind;
          },
        }));
        services.runs.list = async () => ({
          nodes,
          hasNextPage: false,
          hasPreviousPage: false,
          cursorAt: String,
        });
        return query(app, `{ runs(first: ${RUNS}) { nodes { id ${asked} } } }`);
      });
      expect(result.errors).toBeUndefined();
      expect(result.data.runs.nodes.map(({ id }: { id: string }) => id)).toEqual(
        Array.from({ length: RUNS }, (_, i) => `r${i}`),
      );
      expect(most).toBeGreaterThan(FIELDS_PER_TURN);
      expect(most).toBeLessThanOrEqual(2 * 10 * FIELDS_PER_TURN);
    }
  });

  it("of many operations at once share the turns of one process", async () => {
    const { most } = await mostInOneTurn(async (count) => {
      const lists = Array.from({ length: 50 }, () =>
        new ListPacer().handOn(
          Array.from({ length: 1_000 }, (_, i) => i),
          () => 1,
        ),
      );
      await Promise.all(
        lists.flat().map(async (row) => {
          await row;
          count();
        }),
      );
    });
    expect(most).toBeLessThanOrEqual(2 * FIELDS_PER_TURN);
  });

  it("are handed on in order, errors in their places; short ones as they are", async () => {
    const turns = new ListPacer();
    const short = [1, new Error("no"), 3];
    expect(turns.handOn(short, () => 1)).toBe(short);
    const long = Array.from({ length: 2_000 }, (_, i) => (i % 3 === 1 ? new Error(`no ${i}`) : i));
    const order: number[] = [];
    const answers = turns
      .handOn(long, () => 1)
      .map(async (row, i) => {
        const answer = await Promise.resolve(row).catch((error: Error) => error);
        order.push(i);
        // GraphQL takes an Error among the values for a failure.
        return answer instanceof Error ? answer.message : answer;
      });
    expect(await Promise.all(answers)).toEqual(long.map((row) => (row instanceof Error ? row.message : row)));
    expect(order.filter((place, i) => i > 0 && place < order[i - 1]! - 3)).toEqual([]);
  });

  it("whose first rows fail leave no refusal without a listener when their request has ended", async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => void unheard.push(reason);
    process.on("unhandledRejection", hear);
    try {
      const scope = new RequestScope("r", "POST /graphql");
      const rows = await scope.run(async () =>
        new ListPacer().handOn(
          Array.from({ length: 20_000 }, (_, i) => i),
          () => 1,
        ),
      );
      // As GraphQL does where the first row fails: it listens to no other.
      expect(rows.filter((row) => row instanceof Promise).length).toBeGreaterThan(0);
      scope.end(new Error("gone"));
      await until(
        "the last is refused",
        async () => (await Promise.resolve(rows.at(-1)).catch(() => "no")) === "no",
      );
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      expect(unheard).toEqual([]);
    } finally {
      process.off("unhandledRejection", hear);
    }
  });

  it("of a row wider than a turn are handed on one row at a time", async () => {
    const { most } = await mostInOneTurn(async (count) => {
      const rows = new ListPacer().handOn([1, 2, 3, 4], () => 10 * FIELDS_PER_TURN);
      await Promise.all(
        rows.map(async (row) => {
          await row;
          count();
        }),
      );
    });
    expect(most).toBe(1);
  });

  it("hold back what they look up until they are handed on, and no longer", async () => {
    const turns = new ListPacer();
    const order: string[] = [];
    const rows = turns.handOn(
      Array.from({ length: 2_000 }, (_, i) => i),
      () => 1,
    );
    const handedOn = Promise.all(rows).then(() => order.push("handed on"));
    const dispatched = new Promise<void>((resolve) => {
      turns.schedule(() => {
        order.push("asked");
        resolve();
      });
    });
    await Promise.all([handedOn, dispatched]);
    expect(order).toEqual(["handed on", "asked"]);
    await new Promise<void>((resolve) => turns.schedule(resolve));
  });
});
