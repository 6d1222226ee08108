import { describe, expect, it, test } from "vitest";
import { compareAddress, comparedIds } from "../../console/src/pages/compare/ids.js";
import { filterOf, parseMetric, parseParam, parseTag } from "../../console/src/pages/runs/conditions.js";
import { nextOrder, orderOf, withOrder } from "../../console/src/pages/runs/order.js";
import { clicked } from "../../console/src/pages/runs/selection.js";
import { leavesOf } from "../../console/src/parts/leaves.js";

describe("conditions as they are written", () => {
  test.each([
    ["team=red", { name: "team", value: "red" }],
    ["team", { name: "team" }],
    ["note=a=b", { name: "note", value: "a=b" }],
    ["team=", { name: "team", value: "" }],
    ["=red", null],
  ])("tag %s", (text, condition) => expect(parseTag(text)).toEqual(condition));

  test.each([
    ["seed=7", { name: "seed", value: 7 }],
    ['seed="7"', { name: "seed", value: "7" }],
    ["algorithm=RANDOM_FOREST", { name: "algorithm", value: "RANDOM_FOREST" }],
    ["on = true", { name: "on", value: true }],
    ["betas=[0.9,0.99]", { name: "betas", value: [0.9, 0.99] }],
    ["hyperparameters.trees", { name: "hyperparameters.trees" }],
  ])("parameter %s", (text, condition) => expect(parseParam(text)).toEqual(condition));

  test.each([
    ["auc>=0.8", { name: "auc", min: 0.8 }],
    ["log_loss <= 5e-1", { name: "log_loss", max: 0.5 }],
    ["f1=1", { name: "f1", min: 1, max: 1 }],
    ["auc", { name: "auc" }],
    ["auc>0.8", null],
    ["auc>=high", null],
    ["", null],
  ])("metric %s", (text, condition) => expect(parseMetric(text)).toEqual(condition));
});

it("reads the filter from the address, and names what cannot be read", () => {
  const address =
    "kind=TRAIN&kind=TUNE&status=FAILED&model=churn&actor=eve&asOf=2024-01-31&tag=team%3Dred&param=seed%3D7&metric=auc%3E%3D0.8&metric=auc%3E&from=soon";
  const { where, unread } = filterOf(new URLSearchParams(address));
  expect(where).toEqual({
    kinds: ["TRAIN", "TUNE"],
    statuses: ["FAILED"],
    model: "churn",
    actor: "eve",
    asOf: "2024-01-31",
    tags: [{ name: "team", value: "red" }],
    params: [{ name: "seed", value: 7 }],
    metrics: [{ name: "auc", min: 0.8 }],
  });
  expect(unread).toEqual(["metric auc>", "from soon"]);
});

it("takes whole days of the reader's zone, the last one included", () => {
  const { where } = filterOf(new URLSearchParams("from=2024-02-28&to=2024-02-29"));
  expect(where).toEqual({
    createdFrom: new Date(2024, 1, 28).toISOString(),
    createdBefore: new Date(2024, 2, 1).toISOString(),
  });
});

describe("the order in the address", () => {
  it("is the newest first unless it says otherwise", () => {
    expect(orderOf(new URLSearchParams("order=SIDEWAYS"))).toEqual({
      orderBy: "CREATED_DESC",
      orderByMetric: null,
    });
    expect(orderOf(new URLSearchParams("by=auc&direction=ASC")).orderByMetric).toEqual({
      name: "auc",
      direction: "ASC",
    });
  });

  it("goes with a metric's heading: greatest, smallest, none; each from the first page", () => {
    let address = new URLSearchParams("kind=TRAIN&after=x");
    const seen = [1, 2, 3].map(() => {
      address = withOrder(address, nextOrder(orderOf(address), "auc"));
      return String(address);
    });
    expect(seen).toEqual(["kind=TRAIN&by=auc", "kind=TRAIN&by=auc&direction=ASC", "kind=TRAIN"]);
  });
});

describe("a click on a checkbox", () => {
  const rows = ["a", "b", "c", "d", "e"];
  const select = (selected: string[], row: string, anchor: string | null, shift: boolean) =>
    [...clicked(new Set(selected), rows, row, { anchor, shift })].sort().join("");

  it("turns its row", () => {
    expect([select([], "b", "a", false), select(["b", "c"], "b", "c", false)]).toEqual(["b", "c"]);
  });

  it("with shift takes the range to the row before, in both directions", () => {
    expect([select(["b"], "d", "b", true), select(["d"], "b", "d", true)]).toEqual(["bcd", "bcd"]);
  });

  it("with shift gives the whole range what the clicked row gets", () => {
    expect(select(["a", "b", "c", "d"], "d", "b", true)).toBe("a");
  });

  it("with shift takes the row alone where the row before is on another page", () => {
    expect(select(["z"], "c", "z", true)).toBe("cz");
  });

  it("keeps what is selected on other pages", () => {
    expect(select(["y", "z"], "a", null, false)).toBe("ayz");
  });
});

describe("the address of a comparison", () => {
  const ids = (count: number) => Array.from({ length: count }, () => crypto.randomUUID());

  test.each([2, 100, 101, 500])("finds %i runs again, in their order", (count) => {
    const runs = ids(count);
    const address = compareAddress(runs);
    expect(comparedIds(new URL(address, "http://a").searchParams.get("ids")!)).toEqual(runs);
    // A server reads at most 16 KiB of a request's head.
    expect(address.length).toBeLessThan(12_000);
  });

  it("has each run once, and leaves what is no id to the server", () => {
    const [one] = ids(1);
    expect(comparedIds(`${one},${one!.toUpperCase()},, nonsense `)).toEqual([one, "nonsense"]);
  });
});

it("names parameters as filters and comparisons do", () => {
  expect([...leavesOf({ a: { b: { c: 1 }, d: {} }, l: [1, 2], n: null })]).toEqual([
    ["a.b.c", 1],
    ["a.d", {}],
    ["l", [1, 2]],
    ["n", null],
  ]);
});
