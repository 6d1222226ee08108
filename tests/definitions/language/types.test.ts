import { describe, expect, it } from "vitest";
import type { ServicePart } from "../../../src/definitions/language/feature-service.js";
import {
  bool,
  deployment,
  entity,
  expectColumn,
  expectPair,
  featureService,
  featureView,
  float,
  int,
  source,
  string,
} from "../../../src/definitions/language/front.js";

const orders = source("orders", { columns: { items: int(), dollars: float(), channel: string() } });
const outcomes = source("outcomes", { columns: { returned: bool({ required: true }) } });
const spending = featureView("spending", { source: orders, features: ["items", "dollars"] });
const gates = { minimum: { auc: 0.6 } };

// Each line below is checked by the compiler: one that compiles fails `npm run check`. What it makes is refused, too.
describe("what is misspelt does not compile", () => {
  it("a feature of a view", () => {
    // @ts-expect-error: orders has no column item
    const view = featureView("spending", { source: orders, features: ["item"] });
    expect(view.features).toEqual(["item"]);
  });

  it("the name a feature was renamed to", () => {
    const view = featureView("spending", {
      source: orders,
      features: ["dollars"],
      // @ts-expect-error: the view has no feature price
      renamed: { cost: "price" },
    });
    expect(view.renamed).toEqual({ cost: "price" });
  });

  it("the column a column was renamed to, and one that is retired", () => {
    // @ts-expect-error: the source has no column price
    source("orders", { columns: { dollars: float() }, renamed: { cost: "price" } });
    const rest = source("orders", { columns: { dollars: float(), cost: float() }, retired: ["cost"] });
    // @ts-expect-error: cost is retired
    const view = featureView("spending", { source: rest, features: ["cost"] });
    expect(view.features).toEqual(["cost"]);
  });

  it("a label, and one of another source", () => {
    // @ts-expect-error: outcomes has no column return
    featureService("returns", { views: [spending], label: { source: outcomes, column: "return" }, gates });
    // @ts-expect-error: dollars is a column of orders
    featureService("returns", { views: [spending], label: { source: outcomes, column: "dollars" }, gates });
    expect(orders.columns).not.toHaveProperty("returned");
  });

  it("a view where a source is meant, and a source where a view is", () => {
    // @ts-expect-error: a view is made of a source
    const view = featureView("spending", { source: spending, features: [] });
    const service = featureService("s", {
      // @ts-expect-error: a service serves views
      views: [orders],
      label: { source: outcomes, column: "returned" },
      gates,
    });
    expect([view.source, service.views[0]]).toEqual([spending, orders]);
  });

  it("an option of a column, a source, a view and a gate", () => {
    // @ts-expect-error: it is called min
    int({ minimum: 0 });
    // @ts-expect-error: it is called delimiter
    source("orders", { columns: { items: int() }, seperator: ";" });
    // @ts-expect-error: it is called ttlDays
    featureView("spending", { source: orders, features: ["items"], ttl: 3 });
    // @ts-expect-error: one of two words
    source("orders", { columns: { items: int() }, extraColumns: "drop" });
    featureService("returns", {
      views: [spending],
      label: { source: outcomes, column: "returned" },
      // @ts-expect-error: no metric of that name has a paired difference
      gates: { notWorse: { metric: "f1" } },
    });
    expect(int({ min: 0 }).min).toBe(0);
  });

  it("an expectation's column, its type, and the other column of a pair", () => {
    // @ts-expect-error: the source has no column price
    source("orders", { columns: { items: int() }, expectations: [expectColumn("price").notNull()] });
    source("orders", {
      columns: { channel: string() },
      // @ts-expect-error: channel is text
      expectations: [expectColumn("channel").between(0, 1)],
    });
    // @ts-expect-error: there is no column cost
    source("orders", { columns: { items: int() }, expectations: [expectPair("items").greaterThan("cost")] });
    expect(orders.expectations).toBeUndefined();
  });

  it("the source of an entity that does not say of which one", () => {
    const of = entity("customer", { key: "customer_id" });
    const customers = source("customers", { of, columns: { income: float() } });
    const plain = source("plain", { columns: { income: float() } });
    const parts = { sources: [customers, plain], views: [], services: [] };
    expect(deployment({ ...parts, sources: [customers], entities: [customers] }).entities).toHaveLength(1);
    // @ts-expect-error: its rows are about nothing
    expect(() => deployment({ ...parts, entities: [plain] })).toThrow(
      "source plain: it is listed in entities",
    );
    // @ts-expect-error: either one entity or several
    expect(() => deployment({ ...parts, entity: of, entities: [customers] })).toThrow("name either entity");
  });

  it("a part of a deployment that is left out", () => {
    expect(() =>
      // @ts-expect-error: entitySource is asked for
      deployment({
        entity: entity("customer", { key: "customer_id" }),
        sources: [],
        views: [],
        services: [],
      }),
    ).toThrow();
  });
});

it.each(["kind", "pick", "name", "features", "source", "columns", "constructor"])(
  "a feature may be called %s",
  (name) => {
    const things = source("things", { columns: { [name]: float(), other: float() } });
    const view = featureView("shape", { source: things, features: [name, "other"] });
    const service = (part: ServicePart) =>
      featureService("returns", { features: [part], label: { source: outcomes, column: "returned" }, gates });
    expect(service(view)).toMatchObject({ views: [view] });
    expect(service(view).picked).toBeUndefined();
    expect(service(view.pick(name)).picked).toEqual({ shape: [name] });
  },
);
