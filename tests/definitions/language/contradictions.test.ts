import { getTableName, type Table } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { allTables } from "../../../src/db/tables/index.js";
import {
  bool,
  type Column,
  type ColumnType,
  date,
  float,
  int,
  string,
} from "../../../src/definitions/language/column.js";
import { DefinitionError } from "../../../src/definitions/language/contradictions.js";
import {
  type Deployment,
  deployment,
  type Entity,
  entity,
  featureService,
  featureView,
  type Source,
  source,
} from "../../../src/definitions/language/deployment.js";
import { declareExpectation, expectColumn } from "../../../src/definitions/language/expectation.js";
import { checkAgainstRecords } from "../../../src/process/create-asof.js";
import { testing as definitions } from "../../support/deployment/testing.js";

const people = source("people", { columns: { born: date() } });
const visits = source("visits", { columns: { pages: int(), last_visit: date() } });
const outcomes = source("outcomes", { columns: { left: bool(), price: float(), since: date() } });
const visited = featureView("visited", { source: visits, features: ["pages"] });
const gates = { minAuc: 0.6, maxAucLoss: 0.02 };
const service = (overrides = {}) =>
  featureService("leaving", {
    views: [visited],
    label: { source: outcomes, column: "left" },
    gates,
    ...overrides,
  });

type Changes = Partial<Omit<Deployment, "entities">> & { entity?: Entity; entitySource?: Source };

/** A deployment without contradiction, then changed. */
const declare = (overrides: Changes = {}) =>
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
  it.each<[string, Changes, string]>([
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
        ] as [string, Changes, string],
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
      "a label that is a date",
      { services: [service({ label: { source: outcomes, column: "since" } })] },
      "service leaving: its label since must be a column of type bool, int, bigint, float, decimal",
    ],
    [
      "gates of classes where the label is a number",
      { services: [service({ label: { source: outcomes, column: "price" } })] },
      "service leaving: gates minAuc and maxAucLoss are for yes and no; declare minimum, maximum or notWorse",
    ],
    [
      "a comparison by another task's metric",
      {
        services: [
          service({ label: { source: outcomes, column: "price" }, gates: { notWorse: { metric: "auc" } } }),
        ],
      },
      "service leaving: gate notWorse.metric auc is none of REGRESSION, which has rmse, mae, mape, r2",
    ],
    [
      "fairness of answers that are no yes or no",
      {
        services: [
          service({
            label: { source: outcomes, column: "price" },
            gates: { fairness: { attribute: "city", maxGap: 0.1 } },
          }),
        ],
      },
      "service leaving: gate fairness compares shares of rows called positive: models of REGRESSION call none so",
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

describe("contradictions in several places", () => {
  const wrongEverywhere = () =>
    declare({
      name: "Wrong",
      entity: entity("person", { key: "as_of" }),
      sources: [
        people,
        visits,
        { ...outcomes, maxQuarantinedShare: 2, delimiter: "||", columns: { left: bool({ true: ["1"] }) } },
        source("more", { columns: { X: int({ min: 2, max: 1 }), xmin: int() } }),
      ],
      views: [visited, featureView("none", { source: visits, features: [], ttlDays: -1 })],
      services: [
        service({
          label: { source: visits, column: "clicks" },
          gates: { minAuc: 2, notWorse: { resamples: 1, confidence: 2 } },
          driftPolicy: { maxShare: 2 },
        }),
      ],
      retention: { keepMonths: 0 },
    });

  it("are all reported at once, each with its place", () => {
    expect(wrongEverywhere).toThrow(DefinitionError);
    expect(contradictionsOf(wrongEverywhere)).toEqual([
      'deployment "Wrong": use a lower_snake_case name of at most 41 characters',
      "entity person: key as_of is a column of asof's own; rename it",
      'source outcomes: maxQuarantinedShare needs onInvalid: "quarantine"',
      "source outcomes: maxQuarantinedShare 2 must be above 0 and at most 1",
      'source outcomes: delimiter "||" must be one character such as ";", "|" or a tab',
      "source outcomes: column left: words for true and for false are given together",
      'source more: column "X": use lower_snake_case of at most 41 characters',
      'source more: column "X": min 2 is above max 1',
      'source more: column "xmin": it is a column of PostgreSQL\'s own; rename it',
      "view none: it has no features",
      "view none: ttlDays -1 must be above 0",
      "service leaving: its label's source visits has no column clicks",
      "service leaving: gate minAuc 2 must be between 0 and 1",
      "service leaving: gate notWorse.confidence 2 must be at least 0.5 and below 1",
      "service leaving: gate notWorse.resamples 1 must be a whole number from 100 to 10000",
      "service leaving: driftPolicy.maxShare 2 must be between 0 and 1",
      "retention: keepMonths 0 must be a whole number, 1 or more",
    ]);
    expect(wrongEverywhere).toThrow(
      /^the definitions contradict themselves in 17 places:\n- deployment "Wrong"/,
    );
  });

  it("of expectations and gates, too, once their records are there", () => {
    const more = source("more", {
      columns: { pages: int() },
      expectations: [expectColumn("pages").meanBetween(2, 1), wanted("nothing"), wanted("none")],
    });
    const declared = declare({
      sources: [people, visits, outcomes, more],
      services: [service({ gates: { no_such_gate: true, nor_this_one: true } })],
    });
    const found = contradictionsOf(() => checkAgainstRecords(declared));
    expect(found.map((each) => each.split(":").slice(0, 2).join(":"))).toEqual([
      "source more: expectation mean_between",
      "source more: expectation nothing",
      "source more: expectation none",
      'service leaving: no gate is named "no_such_gate"; known',
      'service leaving: no gate is named "nor_this_one"; known',
    ]);
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

const wanted = (kind: string) => declareExpectation<never, never, ColumnType>({}, { kind });

function contradictionsOf(declares: () => unknown): readonly string[] {
  try {
    declares();
  } catch (error) {
    if (error instanceof DefinitionError) return error.contradictions;
    throw error;
  }
  return [];
}

function leakingLabel(): Changes {
  const leak = featureView("leak", { source: outcomes, features: ["left"] });
  return { views: [visited, leak], services: [service({ views: [visited, leak] })] };
}

function dateFeature(): Changes {
  const dated = featureView("dated", { source: visits, features: ["last_visit"] });
  return { views: [visited, dated], services: [service({ views: [visited, dated] })] };
}

describe("entities that contradict each other", () => {
  const customer = entity("customer", { key: "customer_id" });
  const account = entity("account", { key: "account_id", belongsTo: customer });
  const key = string({ required: true });
  const customers = source("customers", { of: customer, columns: { income: float() } });
  const accounts = source("accounts", { of: account, columns: { customer_id: key } });
  const usage = source("usage", { of: account, columns: { balance: float(), overdrawn: bool() } });
  const household = featureView("household", { source: customers, features: ["income"] });
  const activity = featureView("activity", { source: usage, features: ["balance"] });
  const overdraft = featureService("overdraft", {
    views: [activity, household],
    label: { source: usage, column: "overdrawn" },
    gates,
  });
  type Parts = Extract<Parameters<typeof deployment>[0], { entity?: undefined }>;
  const bank = (changes: Partial<Parts> = {}) =>
    deployment({
      entities: [customers, accounts],
      sources: [customers, accounts, usage],
      views: [household, activity],
      services: [overdraft],
      ...changes,
    });
  const withAccounts = (options: Parameters<typeof source>[1], more: Partial<Parts> = {}) => {
    const changed = source("accounts", options) as typeof accounts;
    return { entities: [customers, changed], sources: [customers, changed, usage], ...more };
  };

  it("do not, where each has a source and the service is about one of them", () => {
    expect(bank().entities.map(({ entity, source }) => [entity.name, source.name])).toEqual([
      ["customer", "customers"],
      ["account", "accounts"],
    ]);
  });

  it.each<[string, Partial<Parts>, string]>([
    ["none", { entities: [] }, "entities: there is none; name the source of each"],
    [
      "a source that does not say what it is about",
      { sources: [customers, accounts, usage, source("cards", { columns: { spent: float() } })] },
      "source cards: say which entity its rows are about, as in of: customer; there are customer, account",
    ],
    [
      "a source about an entity without a source",
      { entities: [accounts] },
      "source customers: its rows are about customer, which is not in entities; there are account",
    ],
    [
      "belonging to what has no source",
      { entities: [accounts], sources: [accounts, usage], views: [activity] },
      "entity account: it belongs to customer, which is not in entities; name a source that has a row for each customer",
    ],
    [
      "no column for what it belongs to",
      withAccounts({ of: account, columns: { kind: string() } }),
      "source accounts: each account belongs to one customer, so it needs the column customer_id: string({ required: true })",
    ],
    [
      "one that may be empty",
      withAccounts({ of: account, columns: { customer_id: string() } }),
      "source accounts: column customer_id: each account belongs to one customer, so it must be required",
    ],
    [
      "one of another type",
      withAccounts({ of: account, columns: { customer_id: int({ required: true }) } }),
      "so it must be of that one's key's type, string; it is int",
    ],
    [
      "two with the same key",
      withAccounts({ of: entity("account", { key: "customer_id" }), columns: { kind: string() } }),
      "entities customer and account have the same key customer_id; rename one",
    ],
    ["an entity twice", { entities: [customers, customers, accounts] }, "entity customer is declared twice"],
    [
      "a service with a view of what it does not belong to",
      {
        services: [
          featureService("leaving", {
            views: [activity],
            label: {
              source: source("customers", { of: customer, columns: { left: bool() } }),
              column: "left",
            },
            gates,
          }),
        ],
      },
      "service leaving: its view activity is about the entity account, which customer does not belong to",
    ],
    [
      "a service that says it is about another one",
      { services: [{ ...overdraft, entity: customer }] },
      "service overdraft: it is about the entity customer, and its label's source usage about account",
    ],
  ])("%s", (_, changes, message) => {
    expect(() => bank(changes)).toThrow(message);
  });

  it("are reported together", () => {
    const cards = source("cards", { columns: { spent: float() } });
    const wrong = withAccounts({ of: account, columns: { kind: string() } });
    expect(() => bank({ ...wrong, sources: [...wrong.sources, cards] })).toThrow(
      /^the definitions contradict/,
    );
  });
});
