import { describe, expect, it } from "vitest";
import { bool, date, float, int, string } from "../../../src/definitions/language/column.js";
import { featureView, source } from "../../../src/definitions/language/deployment.js";
import { count, days, daysSince, max, sum } from "../../../src/definitions/language/windows/window.js";

const orders = source("orders", {
  eventTime: "ordered_at",
  eventKey: ["order_no"],
  columns: {
    ordered_at: date(),
    order_no: int(),
    dollars: float(),
    paid: bool(),
    country: string(),
  },
});

describe("what windows do not compile", () => {
  it("takes columns of the source, each for what it can be", () => {
    const view = featureView("spending", {
      source: orders,
      features: {
        spend_90d: sum("dollars", days(90)),
        paid_90d: sum("dollars", days(90), { where: { paid: true, country: { oneOf: ["DE", "FR"] } } }),
        orders_all: count(),
        large: count(days(30), { where: { dollars: { atLeast: 100 } } }),
        last_order: daysSince(max("ordered_at")),
      },
    });
    expect(view.features).toEqual(["spend_90d", "paid_90d", "orders_all", "large", "last_order"]);
  });

  it("refuses a misspelt column, and one that cannot be summed", () => {
    featureView("spending", {
      source: orders,
      features: {
        // @ts-expect-error there is no column dolars
        a: sum("dolars", days(90)),
        // @ts-expect-error a text cannot be summed
        b: sum("country"),
        // @ts-expect-error a number is no time
        c: daysSince(max("dollars")),
        // @ts-expect-error there is no column payd
        d: count({ where: { payd: true } }),
        // @ts-expect-error paid is true or false
        e: count({ where: { paid: "yes" } }),
        // @ts-expect-error nothing is of that country beside its texts
        f: count({ where: { country: { oneOf: [1] } } }),
      },
    });
  });

  it("refuses times and keys of events that are no columns", () => {
    // @ts-expect-error there is no column at
    source("orders", { eventTime: "at", eventKey: ["n"], columns: { ordered_at: date(), n: int() } });
  });
});
