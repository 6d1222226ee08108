import { describe, expect, it } from "vitest";
import {
  compileExpression,
  expressionText,
} from "../../../src/definitions/language/expression/operations.js";
import { expressionTree } from "../../../src/definitions/language/expression/read-tree.js";
import { type ExpressionTree, leafKey, leavesOf } from "../../../src/definitions/language/expression/tree.js";
import {
  binary,
  bool,
  cases,
  col,
  concat,
  cost,
  date,
  daysBetween,
  deployment,
  derived,
  entity,
  featureService,
  featureView,
  float,
  from,
  int,
  multiclass,
  regression,
  request,
  source,
  string,
  when,
} from "../../../src/definitions/language/front.js";
import { serviceFeatures } from "../../../src/definitions/language/service-features.js";
import { readPlan } from "../../../src/features/derived-columns.js";
import type { PinnedDerived } from "../../../src/features/pinned-columns.js";

const person = entity("person", { key: "person_id" });
const people = source("people", {
  columns: { income: float(), children: int(), town: string(), owner: bool(), born: date(), name: string() },
});
const loans = source("loans", {
  columns: {
    amount: float({ required: true, min: 1, max: 1_000 }),
    purpose: string(),
    signed: date(),
    bad: bool(),
  },
});
const known = featureView("known", { source: people, features: ["income", "children", "town", "owner"] });
const ask = request({ amount: from(loans.amount), purpose: from(loans.purpose), signed: from(loans.signed) });

/** The value for a row of `people` and of a request. */
function evaluated({ tree }: { tree: ExpressionTree }, row: Record<string, unknown>): unknown {
  const leaves = leavesOf(tree);
  const place = new Map(leaves.map((leaf, i) => [leafKey(leaf), i]));
  const evaluate = compileExpression(tree, (leaf) => (values) => values[place.get(leafKey(leaf))!]!);
  return evaluate(leaves.map(({ name }) => (row[name] ?? null) as never));
}

describe("an expression", () => {
  const burden = ask.amount.div(people.income);
  const byTown = cases(
    [
      [people.town.eq("X"), 1],
      [people.town.eq("Y"), people.income],
    ],
    null,
  );
  it.each([
    ["divides", burden, { amount: 9, income: 3 }, 3],
    ["is empty where a part is", burden, { amount: 9, income: null }, null],
    ["is empty where it divides by zero", burden, { amount: 9, income: 0 }, null],
    ["is empty at 0 / 0", burden, { amount: 0, income: 0 }, null],
    ["is empty where it overflows", people.income.mul(1e308), { income: 1e10 }, null],
    ["is empty where exp overflows", people.income.exp(), { income: 1_000 }, null],
    ["is empty at the logarithm of zero", people.income.log(), { income: 0 }, null],
    ["is empty at the logarithm below zero", people.income.log(), { income: -1 }, null],
    ["has no zero with a sign", people.income.mul(-1), { income: 0 }, 0],
    ["takes the least of what is there", people.income.min(ask.amount, 7), { income: null, amount: 9 }, 7],
    ["takes the greatest of what is there", people.income.max(ask.amount), { income: 3, amount: null }, 3],
    ["has no least of nothing", people.income.min(ask.amount), {}, null],
    ["asks whether it is empty", people.income.isNull(), {}, true],
    ["is not true where it is empty", when(people.income.gt(5), "much", "little"), {}, "little"],
    ["takes the first branch that is true", byTown, { town: "Y", income: 4 }, 4],
    ["takes what is left", byTown, { town: "Z", income: 4 }, null],
    ["knows or where one side is empty", people.owner.or(people.income.gt(1)), { income: 2 }, true],
    ["does not know and where one side is empty", people.owner.and(people.income.gt(1)), { income: 2 }, null],
    ["knows and where one side is false", people.owner.and(people.income.gt(1)), { owner: false }, false],
    ["counts days", daysBetween(people.born, ask.signed), { born: "2024-02-28", signed: "2024-03-01" }, 2],
    ["counts days from a constant", daysBetween("2024-01-01", people.born), { born: "2023-12-31" }, -1],
    ["names the interval below", people.income.bucket([10, 20]), { income: 9.5 }, "<10"],
    ["has an interval's lower end in it", people.income.bucket([10, 20]), { income: 10 }, "10..20"],
    ["names the interval above", people.income.bucket([10, 20]), { income: 20 }, ">=20"],
    ["joins texts", concat(people.town, "/", ask.purpose), { town: "X", purpose: "car" }, "X/car"],
    ["joins no empty text", concat(people.town, "/", ask.purpose), { town: "X" }, null],
  ] as const)("%s", (_, expression, row, expected) => {
    expect(evaluated(expression, row)).toStrictEqual(expected);
  });

  it("is a text that says it whole", () => {
    expect(expressionText(burden.add(1).log().tree)).toBe("log((amount / income) + 1)");
    expect(expressionText(byTown.tree)).toBe(
      'case when (town = "X") then 1 when (town = "Y") then income else null end',
    );
    expect(expressionText(people.owner.not().or(people.income.isNull()).tree)).toBe(
      "(not owner) or (income is null)",
    );
  });

  it("does not compile, and is refused, with parts of another kind", () => {
    // @ts-expect-error a text is no number
    expect(() => people.income.add(people.town)).toThrow("add: a number was expected; got a text");
    // @ts-expect-error a number is no text
    expect(() => people.town.eq(3)).toThrow("eq: a text was expected; got 3");
    // @ts-expect-error a misspelt column
    expect(people.incom).toBeUndefined();
    // @ts-expect-error a misspelt request feature
    expect(ask.amuont).toBeUndefined();
    // @ts-expect-error a misspelt feature of a view
    expect(known.childrn).toBeUndefined();
    // @ts-expect-error no feature of the view
    expect(known.pick("incme").features).toEqual(["incme"]);
    // @ts-expect-error a branch of another kind
    expect(() => when(people.owner, 1, "a")).toThrow("when: its values are a number and a text");
    expect(() => people.income.add(Number.NaN)).toThrow("got NaN");
    expect(() => people.income.bucket([3, 2])).toThrow("each above the one before it");
    expect(() => daysBetween(people.born, "2024-02-30")).toThrow("a day was expected");
    expect(() => from(people.income.add(1) as never)).toThrow("from: a column of a source was expected");
  });

  it("names a column by col where the source has its own of that name", () => {
    expect(people.name).toBe("people");
    expect(evaluated(col(people, "name"), { name: "Ann" })).toBe("Ann");
  });
});

const parts = {
  name: "lender",
  entity: person,
  entitySource: people,
  sources: [people, loans],
  views: [known],
};
const label = { source: loans, column: "bad" } as const;

describe("a service", () => {
  const days = derived("days", daysBetween(ask.signed, "2024-01-01"));
  const burden = derived("burden", ask.amount.div(people.income));

  it("has stored features, then those of the request, then what is derived; a date only to be computed with", () => {
    const service = featureService("risk", { features: [known.pick("town"), ask, burden, days], label });
    deployment({ ...parts, services: [service] });
    expect(serviceFeatures(service).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "stored town",
      "request amount",
      "request purpose",
      "derived burden",
      "derived days",
    ]);
  });

  it.each([
    [
      "a request feature of nothing",
      { features: [known, request({ extra: float() })] },
      "write from(source.column)",
    ],
    [
      "a request feature that is the label",
      { features: [known, request({ bad_loan: from(loans.bad) })] },
      "it is the service's label",
    ],
    [
      "a name of a view's feature",
      { features: [known, request({ income: from(loans.amount) })] },
      "a view has a feature of that name",
    ],
    [
      "two of a name",
      { features: [known, burden, derived("burden", people.income.add(1)), ask, days] },
      "the service has two of that name",
    ],
    [
      "a name for two things in GraphQL",
      { features: [known, derived("to_wn", people.income.abs()), derived("toWn", people.income.abs())] },
      "lower_snake_case",
    ],
    [
      "a request that is not the service's",
      { features: [known, burden] },
      "the service has no request feature amount",
    ],
    [
      "a column that nothing serves",
      { features: [known, derived("age", daysBetween(people.born, "2024-01-01"))] },
      "people.born is a feature of no view",
    ],
    [
      "the same for every row",
      { features: [known, derived("one", when(true, 1, 2))] },
      "it is the same for every row",
    ],
    [
      "the label in an expression",
      { features: [known, derived("leak", when(loans.bad, 1, 0))] },
      "computed of the service's label",
    ],
    [
      "a date",
      {
        features: [known, derived("day", cases([[people.owner, 1]], 2)), request({ on: from(loans.signed) })],
      },
      "it is a date",
    ],
    [
      "a picked feature that is not there",
      { features: [(known.pick as (name: string) => never)("gone")] },
      "view known has no feature gone",
    ],
  ])("refuses %s", (_, options, message) => {
    expect(() =>
      deployment({ ...parts, services: [featureService("risk", { ...options, label } as never)] }),
    ).toThrow(message);
  });

  it("takes columns that its task learns, and refuses costs that are none", () => {
    expect(multiclass(people.town)).toMatchObject({ task: "multiclass", label: { column: "town" } });
    // @ts-expect-error a yes or no is no class of several
    multiclass(loans.bad);
    // @ts-expect-error a text is no number
    regression(people.town);
    expect(regression(people.income)).toMatchObject({ task: "regression", label: { column: "income" } });
    // @ts-expect-error a number is no yes or no
    binary(people.income);
    const task = binary(loans.bad, { threshold: cost({ falsePositive: -1, falseNegative: 0 }) });
    expect(() =>
      deployment({ ...parts, services: [featureService("risk", { features: [known], task })] }),
    ).toThrow("its threshold: cost takes falsePositive, a number of 0 or more; got -1");
  });

  it("refuses an expression that contains itself", () => {
    const tree = people.income.add(1).tree as unknown as { of: unknown[] };
    tree.of[1] = tree;
    const loop = { kind: "derived", name: "loop", value: { kind: "number", tree } } as never;
    expect(() =>
      deployment({ ...parts, services: [featureService("risk", { features: [known, loop], label })] }),
    ).toThrow("contains itself");
  });
});

describe("random expressions over random rows", () => {
  const random = randomFrom(7);
  const numbers = [0, -0, 1, -1, 0.1, 3, 1e-320, 1e308, -1e308, 2 ** 31 - 1, 123.456];
  const value = () =>
    random() < 0.15
      ? null
      : random() < 0.5
        ? numbers[Math.floor(random() * numbers.length)]!
        : random() * 2_000 - 1_000;

  it("have the same bits by columns and by the row, from JSON too, and are never NaN or infinite", () => {
    let empty = 0;
    let total = 0;
    for (let round = 0; round < 400; round++) {
      const tree = randomNumber(random, 5);
      const kept = expressionTree.parse(JSON.parse(JSON.stringify(tree)));
      const leaves = leavesOf(tree);
      if (leaves.length === 0) continue;
      const inputs = leaves.map(({ name }) => ({
        name,
        type: "float" as const,
        source: "people",
        column: name,
      }));
      const pinned: PinnedDerived = { name: "derived", type: "float", expression: kept, inputs };
      // As training reads: the columns in another order, with one that it takes by itself.
      const beside = { name: "income", type: "float" as const, source: "people", column: "income" };
      const { columns, complete } = readPlan([beside, pinned]);
      for (let i = 0; i < 50; i++) {
        const row: Record<string, number | null> = { income: value(), children: value(), amount: value() };
        const byColumn = complete!(columns.map(({ column }) => row[column]!))[1];
        const byRow = evaluated({ tree }, row);
        const isUsual = byRow === null || (Number.isFinite(byRow) && !Object.is(byRow, -0));
        if (!Object.is(byColumn, byRow) || !isUsual)
          expect.fail(`${expressionText(tree)} of ${JSON.stringify(row)}: ${byColumn} and ${byRow}`);
        total++;
        if (byRow === null) empty++;
      }
    }
    expect(total).toBeGreaterThan(10_000);
    expect(empty / total).toBeGreaterThan(0.05);
    expect(empty / total).toBeLessThan(0.95);
  });
});

function randomNumber(random: () => number, depth: number): ExpressionTree {
  const leaf = () => [people.income, people.children, ask.amount][Math.floor(random() * 3)]!;
  const make = (left: number): typeof people.income => {
    if (left === 0 || random() < 0.1)
      return random() < 0.8 ? leaf().add(0) : leaf().sub(Math.floor(random() * 5));
    const [a, b] = [make(left - 1), make(left - 1)];
    const choices = [
      () => a.add(b),
      () => a.sub(b),
      () => a.mul(b),
      () => a.div(b),
      () => a.abs().log(),
      () => a.div(100).exp(),
      () => a.min(b),
      () => a.max(b, 1),
      () => when(a.gt(b).or(a.isNull()), b, a.sub(1)),
      () =>
        cases(
          [
            [a.lt(0), b],
            [a.eq(b).not(), a],
          ],
          null,
        ),
      () => when(a.bucket([0, 1, 10]).eq("0..1"), a, b),
    ];
    return choices[Math.floor(random() * choices.length)]!();
  };
  return make(depth).tree;
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}
