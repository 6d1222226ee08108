import { describe, expect, it } from "vitest";
import { bool, date, float, int, string, timestamp } from "../../../src/definitions/language/column.js";
import { DefinitionError } from "../../../src/definitions/language/contradictions.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  type Source,
  source,
} from "../../../src/definitions/language/deployment.js";
import { from, request } from "../../../src/definitions/language/request.js";
import {
  count,
  days,
  max,
  sum,
  type WindowFeature,
} from "../../../src/definitions/language/windows/window.js";

const people = source("people", { columns: { region: string() } });
const outcomes = source("outcomes", { columns: { left: bool(), amount: float() } });
const columns = {
  at: timestamp(),
  day: date(),
  n: int(),
  dollars: float(),
  paid: bool(),
  channel: string({ oneOf: ["web", "store"] }),
};
const orders = source("orders", { eventTime: "at", eventKey: ["n"], columns });

/** As JavaScript would write it: the compiler refuses most of these. */
type Loose = Readonly<Record<string, unknown>>;
const view = (features: Loose, of: Source = orders) =>
  featureView("spending", { source: of, features: features as Record<string, never> });
const declare = (of: Source, features: Loose) => () =>
  deployment({
    name: "shop",
    entity: entity("person", { key: "person_id" }),
    entitySource: people,
    sources: [people, outcomes, of],
    views: [view(features, of)],
    services: [],
  });
const problems = (work: () => unknown): readonly string[] => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(DefinitionError);
    return (error as DefinitionError).contradictions;
  }
  return expect.fail("it was taken");
};
const window = (changes: Partial<WindowFeature>): Loose => ({
  spend: { ...sum("dollars", days(30)), ...changes },
});
const events = (options: Loose): Source =>
  source("orders", { eventTime: "at", eventKey: ["n"], columns, ...options } as never);

describe("a window that contradicts itself is refused, with the remedy", () => {
  it.each<[string, Loose, string]>([
    ["no days", window({ days: 0 }), "days(0) is a window over nothing; name a whole number of days, 1 to"],
    ["days before none", window({ days: -7 }), "days(-7) is a window over nothing"],
    ["half a day", window({ days: 0.5 }), "days(0.5) is a window over nothing"],
    [
      "days without an end",
      window({ days: Number.POSITIVE_INFINITY }),
      "days(Infinity) is a window over nothing",
    ],
    ["a column that is not there", window({ of: "dolars" }), "source orders has no column dolars"],
    ["a sum of texts", window({ of: "channel" }), "sum of channel, a string: only a number can be summed"],
    ["a mean of days", window({ kind: "mean", of: "day" }), "only a number has a mean"],
    [
      "the least of truths",
      window({ kind: "min", of: "paid" }),
      "only a number, a text or a time has a least value",
    ],
    [
      "days since a number",
      window({ kind: "daysSince", of: "dollars", value: "max" }),
      "only days are counted since a date or timestamp",
    ],
    [
      "a condition on no column",
      window({ where: { payd: true } }),
      "where: source orders has no column payd",
    ],
    ["a condition of another type", window({ where: { paid: "yes" } }), 'where: paid: "yes" is no bool'],
    [
      "a value that there is not",
      window({ where: { channel: "phone" } }),
      '"phone" is none of its values: web, store',
    ],
    [
      "one of none",
      window({ where: { channel: { oneOf: [] } } }),
      "oneOf allows no value, a window over nothing",
    ],
    ["from more to less", window({ where: { dollars: { atLeast: 9, below: 1 } } }), "nothing is from 9 to 1"],
    ["no condition", window({ where: { dollars: {} as never } }), "where: dollars: it says no condition"],
  ])("%s", (_, features, problem) => {
    const found = problems(declare(orders, features));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("view spending: feature spend: ");
    expect(found[0]).toContain(problem);
  });

  it.each<[string, Source, string]>([
    ["a time that is no column", events({ eventTime: "when" }), "eventTime: it has no column when"],
    [
      "a time that is a number",
      events({ eventTime: "n" }),
      "eventTime: n is of type int, not date or timestamp",
    ],
    [
      "a zone that does not exist",
      events({ columns: { ...columns, at: timestamp({ zone: "Europe/Atlantis" }) } }),
      'zone "Europe/Atlantis" must be a timestamp\'s zone of the IANA database, such as "Europe/Berlin"',
    ],
    ["no key", events({ eventKey: undefined }), 'events need eventKey: ["…"]'],
    ["a key and a replacement", events({ delivery: "replaces" }), "are two ways; take one of them out"],
    ["a key that is no column", events({ eventKey: ["no"] }), "eventKey: it has no column no"],
    ["an empty key", events({ eventKey: [] }), "eventKey names no column"],
    ["a removal that is a number", events({ deleted: "n" }), "deleted: n is of type int, not bool"],
  ])("%s", (_, of, problem) => {
    const found = problems(declare(of, { spend: sum("dollars") }));
    expect(found.join("\n")).toContain("source orders: ");
    expect(found.join("\n")).toContain(problem);
  });

  it("says all that is wrong at once", () => {
    const of = events({ eventTime: "n", eventKey: ["no"] });
    const features = {
      spend: sum("dolars" as "dollars", days(0)),
      latest: max("paid" as "dollars"),
      web: count({ where: { chanel: "web" } }),
    };
    const found = problems(declare(of, features));
    expect(found).toHaveLength(6);
    expect(found.join("\n")).toMatch(
      /eventTime: n is of type int[\s\S]*no column no[\s\S]*days\(0\)[\s\S]*dolars[\s\S]*max of paid[\s\S]*chanel/,
    );
  });
});

describe("a source of the wrong kind is refused, with the remedy", () => {
  const risk = (overrides: object) => () =>
    deployment({
      name: "shop",
      entity: entity("person", { key: "person_id" }),
      entitySource: people,
      sources: [people, outcomes, orders],
      views: [view({ spend: sum("dollars") })],
      services: [
        featureService("leaving", {
          views: [view({ spend: sum("dollars") })],
          label: { source: outcomes, column: "left" },
          gates: {},
          ...overrides,
        } as never),
      ],
    });

  it("events, in from() of a request, which learns from one row an entity", () => {
    const views = [view({ spend: sum("dollars") })];
    const ask = request({ dollars_asked: from(orders.dollars), amount_asked: from(outcomes.amount) });
    const found = problems(() =>
      deployment({
        name: "shop",
        entity: entity("person", { key: "person_id" }),
        entitySource: people,
        sources: [people, outcomes, orders],
        views,
        services: [
          featureService("leaving", {
            entity: entity("person", { key: "person_id" }),
            features: [views[0]!, ask],
            label: { source: outcomes, column: "left" },
            gates: {},
          } as never),
        ],
      }),
    );
    expect(found).toContainEqual(
      'service leaving: request feature dollars_asked: its source orders has many rows an entity, and a model learns a request feature from one; take a column of a source without eventTime, or the window of a view: last("dollars")',
    );
    expect(found.join("\n")).not.toContain("amount_asked");
  });

  it("events, as the label's source", () => {
    expect(problems(risk({ label: { source: orders, column: "paid" } })).join("\n")).toContain(
      "its label's source orders has many rows an entity; a label is a column of a source that has one",
    );
  });

  it("a state, in a view of windows", () => {
    expect(problems(declare(outcomes, { spend: sum("amount" as never) })).join("\n")).toContain(
      'its features are windows, and source outcomes has no order in time; declare eventTime: "…" there, or name columns: features: ["…"]',
    );
  });
});
