import { getTableName, type Table } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { allTables } from "../../../src/db/tables/index.js";
import { bool, type Column, date, float, int, string } from "../../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  entity,
  featureService,
  featureView,
  type Source,
  source,
} from "../../../src/definitions/language/deployment.js";
import { testing as definitions } from "../../support/deployment/testing.js";

const people = source("people", { columns: { born: date() } });
const visits = source("visits", { columns: { pages: int(), last_visit: date() } });
const outcomes = source("outcomes", { columns: { left: bool(), price: float() } });
const visited = featureView("visited", { source: visits, features: ["pages"] });
const gates = { minAuc: 0.6, maxAucLoss: 0.02 };
const service = (overrides = {}) =>
  featureService("leaving", {
    views: [visited],
    label: { source: outcomes, column: "left" },
    gates,
    ...overrides,
  });

/** A deployment without contradiction, then changed. */
const declare = (overrides: Partial<Deployment> = {}) =>
  deployment({
    entity: entity("person", { key: "person_id" }),
    entitySource: people,
    sources: [people, visits, outcomes],
    views: [visited],
    services: [service()],
    ...overrides,
  });
const many = (count: number, column: Column) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`c_${i}`, column]));
const withSource = (name: string, columns: Record<string, Column>) => {
  const added = source(name, { columns });
  return { sources: [people, visits, outcomes, added] };
};
const withView = (name: string, from: Source, features: string[], ttlDays?: number) => ({
  views: [visited, featureView(name, { source: from, features, ttlDays })],
});
const stranger = source("stranger", { columns: { x: int(), y: bool() } });

describe("a definition that contradicts itself is refused, by name", () => {
  it.each<[string, Partial<Deployment>, string]>([
    ["a source in camelCase", withSource("webVisits", { x: int() }), '"webVisits": use lower_snake_case'],
    ["a name of 42 characters", withSource("a".repeat(42), { x: int() }), "at most 41 characters"],
    [
      "a column in capitals",
      withSource("more", { X: int() }),
      'source more: column "X": use lower_snake_case',
    ],
    ["a source without columns", withSource("more", {}), "source more: it has no columns"],
    [
      "a ceiling for a quarantine there is not",
      { sources: [people, visits, { ...outcomes, maxQuarantinedShare: 0.1 }] },
      'source outcomes: maxQuarantinedShare needs onInvalid: "quarantine"',
    ],
    [
      "a ceiling above everything",
      { sources: [people, visits, { ...outcomes, onInvalid: "quarantine", maxQuarantinedShare: 1.1 }] },
      "source outcomes: maxQuarantinedShare 1.1 must be above 0 and at most 1",
    ],
    ["two sources of one name", withSource("visits", { x: int() }), "source visits is declared twice"],
    [
      "two views of one name",
      { views: [visited, { ...visited, features: ["last_visit"] }] },
      "view visited is declared twice",
    ],
    ["two services of one name", { services: [service(), service()] }, "service leaving is declared twice"],
    [
      "a source named like a table of asof",
      withSource("runs", { x: int() }),
      "source runs: its table runs is that of asof itself too",
    ],
    [
      "a source named like another's snapshots",
      withSource("visits_snapshots", { x: int() }),
      "source visits: its table visits_snapshots is that of source visits_snapshots too",
    ],
    [
      "a view named like the label's source",
      withView("outcomes", visits, ["last_visit"]),
      "view outcomes is named like the label source outcomes; rename one",
    ],
    [
      "the key as a column",
      withSource("more", { person_id: string() }),
      'column "person_id": it is the entity\'s key',
    ],
    [
      "as_of as a column",
      withSource("more", { as_of: date() }),
      'column "as_of": it is a column of asof\'s own',
    ],
    ["line as a column", withSource("more", { line: int() }), 'column "line": it is a column of asof\'s own'],
    ...["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"].map(
      (name) =>
        [
          `${name} as a column`,
          withSource("more", { [name]: int() }),
          `column "${name}": it is a column of PostgreSQL's own; rename it`,
        ] as [string, Partial<Deployment>, string],
    ),
    [
      "ctid as the key",
      { entity: entity("person", { key: "ctid" }) },
      "entity person: key ctid is a column of PostgreSQL's own; rename it",
    ],
    [
      "more numbers than a row holds",
      withSource("more", many(1_000, float())),
      "source more: a row of its 1000 columns may take 8256 bytes; PostgreSQL holds 8100 in one, about 1 000 numbers; split it in two",
    ],
    [
      "more texts than a row holds, if each is as long as it may be in one",
      withSource("more", many(340, string())),
      "source more: a row of its 340 columns may take 8327 bytes",
    ],
    [
      "more columns than a table",
      withSource("more", many(1_591, bool())),
      "source more: it has 1591 columns; PostgreSQL holds 1590 in a table; split it in two",
    ],
    [
      "as_of as the key",
      { entity: entity("person", { key: "as_of" }) },
      "entity person: key as_of is a column of asof's own",
    ],
    ["min above max", withSource("more", { x: int({ min: 2, max: 1 }) }), 'column "x": min 2 is above max 1'],
    ["an empty set", withSource("more", { x: string({ oneOf: [] }) }), 'column "x": oneOf allows no value'],
    [
      "two columns of one GraphQL field",
      withSource("more", { skips_7d: int(), skips7d: int() }),
      "source more: skips_7d and skips7d would both be the GraphQL field skips7d",
    ],
    [
      "an entity source that is not listed",
      { entitySource: stranger },
      "entity source stranger: it is not listed",
    ],
    [
      "a view of a source that is not listed",
      withView("strange", stranger, ["x"]),
      "view strange: its source stranger is not listed in sources",
    ],
    ["a view without features", withView("none", visits, []), "view none: it has no features"],
    [
      "a feature without a column",
      withView("more", visits, ["clicks"]),
      "view more: source visits has no column clicks",
    ],
    [
      "a feature named like what every object has",
      withView("more", visits, ["constructor"]),
      "view more: source visits has no column constructor",
    ],
    [
      "one feature in two views",
      withView("more", visits, ["pages"]),
      "feature pages is in two views: visited and more",
    ],
    [
      "one feature twice in a view",
      withView("more", visits, ["last_visit", "last_visit"]),
      "view more: feature last_visit is in it twice",
    ],
    ["a ttl of 0 days", withView("more", visits, ["last_visit"], 0), "view more: ttlDays 0 must be above 0"],
    [
      "a service of a view that is not listed",
      { services: [service({ views: [{ ...visited, name: "other" }] })] },
      "service leaving: its view other is not listed in views",
    ],
    ["a service without views", { services: [service({ views: [] })] }, "service leaving: it has no views"],
    [
      "a label of a source that is not listed",
      { services: [service({ label: { source: stranger, column: "y" } })] },
      "service leaving: its label's source stranger is not listed in sources",
    ],
    [
      "a label without a column",
      { services: [service({ label: { source: outcomes, column: "stayed" } })] },
      "service leaving: its label's source outcomes has no column stayed",
    ],
    [
      "a label that is a number",
      { services: [service({ label: { source: outcomes, column: "price" } })] },
      "service leaving: its label price must be a bool column",
    ],
    ["a label that is a feature", leakingLabel(), "service leaving: its label left is one of its features"],
    [
      "a date as a feature of a model",
      dateFeature(),
      "service leaving: feature last_visit is a date; models take numbers, booleans and strings",
    ],
    [
      "an AUC above 1 as gate",
      { services: [service({ gates: { minAuc: 60, maxAucLoss: 0 } })] },
      "service leaving: gate minAuc 60 must be between 0 and 1",
    ],
    [
      "a negative AUC loss as gate",
      { services: [service({ gates: { minAuc: 0.6, maxAucLoss: -1 } })] },
      "service leaving: gate maxAucLoss -1 must be at least 0",
    ],
    [
      "the same gate said twice",
      { services: [service({ gates: { minAuc: 0.6, minimum: { auc: 0.7 } } })] },
      "service leaving: gate minAuc says the same as minimum.auc; declare one",
    ],
    [
      "a metric's limit that is no number",
      { services: [service({ gates: { maximum: { log_loss: Number.NaN } } })] },
      "service leaving: gate maximum.log_loss NaN must be a number",
    ],
    [
      "a comparison by a metric that has no paired difference",
      { services: [service({ gates: { notWorse: { metric: "f1" } } })] },
      'service leaving: gate notWorse.metric "f1" must be one of auc, average_precision, log_loss, brier',
    ],
    [
      "too few resamples to take an interval of",
      { services: [service({ gates: { notWorse: { resamples: 10 } } })] },
      "service leaving: gate notWorse.resamples 10 must be a whole number from 100 to 10000",
    ],
    [
      "fairness by what no entity has",
      { services: [service({ gates: { fairness: { attribute: "height", maxGap: 0.1 } } })] },
      "service leaving: gate fairness.attribute height is no column of the entity source",
    ],
  ])("%s", (_, overrides, message) => {
    expect(() => declare(overrides)).toThrow(message);
  });

  it("an entity's column that hides a field of every entity", () => {
    const hiding = source("people", { columns: { prediction: float() } });
    expect(() => declare({ entitySource: hiding, sources: [hiding, visits, outcomes] })).toThrow(
      'source people: column "prediction": prediction is a field every entity has in GraphQL; rename it',
    );
  });
});

describe("a deployment without contradiction", () => {
  it("is returned as it was declared", () => {
    const views = [visited];
    expect(declare({ views }).views).toBe(views);
  });

  it("may have a view named like its source", () => {
    const named = featureView("visits", { source: visits, features: ["pages"] });
    expect(() => declare({ views: [named], services: [service({ views: [named] })] })).not.toThrow();
  });

  it("knows every table of asof's own by name", () => {
    const derived =
      /^(users|subscriptions|usage_agg_30d|payments_agg_90d|support_agg_90d|labels)$|_snapshots$|_online$|_pushes$/;
    const own = Object.values<Table>(allTables(definitions))
      .map((table) => getTableName(table))
      .filter((name) => !derived.test(name));
    expect(own.length).toBeGreaterThan(9);
    for (const name of own) {
      expect(() => declare(withSource(name, { x: int() })), name).toThrow("is that of asof itself too");
    }
  });
});

function leakingLabel(): Partial<Deployment> {
  const leak = featureView("leak", { source: outcomes, features: ["left"] });
  return { views: [visited, leak], services: [service({ views: [visited, leak] })] };
}

function dateFeature(): Partial<Deployment> {
  const dated = featureView("dated", { source: visits, features: ["last_visit"] });
  return { views: [visited, dated], services: [service({ views: [visited, dated] })] };
}
