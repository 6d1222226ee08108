import { describe, expect, it } from "vitest";
import { bool, date, float, int, string } from "../../../src/definitions/language/column.js";
import { collectContradictions } from "../../../src/definitions/language/contradictions.js";
import {
  deployment,
  deploymentSha256,
  entity,
  featureService,
  featureView,
  source,
} from "../../../src/definitions/language/deployment.js";
import {
  type Expectation,
  expectColumn,
  expectKey,
  expectPair,
  expectRowCount,
  expectSql,
} from "../../../src/definitions/language/expectation.js";
import { checkExpectations } from "../../../src/ingest/expectations/declared.js";

const columns = { pages: int(), seconds: float(), plan: string(), first: date(), last: date(), left: bool() };

/** A deployment whose source `visits` has these expectations; checked at run time only. */
function declare(...expectations: Expectation[]) {
  const people = source("people", { columns: { born: date() } });
  const visits = { ...source("visits", { columns }), expectations };
  const visited = featureView("visited", { source: visits, features: ["pages"] });
  const declared = deployment({
    entity: entity("person", { key: "person_id" }),
    entitySource: people,
    sources: [people, visits],
    views: [visited],
    services: [
      featureService("leaving", {
        views: [visited],
        label: { source: visits, column: "left" },
        gates: { minAuc: 0.6, maxAucLoss: 0.02 },
      }),
    ],
  });
  collectContradictions((refuse) => checkExpectations(declared, refuse));
  return declared;
}

describe("an expectation that contradicts its source is refused, by name", () => {
  it.each<[string, Expectation, string]>([
    [
      "of an unknown column",
      expectColumn("page").between(0, 1),
      "source visits: expectation between: column page: the source has no column page",
    ],
    [
      "of a pair with an unknown column",
      expectPair("last").greaterThan("frist"),
      "expectation column_pair_greater: column last: the source has no column frist",
    ],
    [
      "of numbers on text",
      expectColumn("plan").between(0, 1),
      "plan is of type string, not int or bigint or float or decimal",
    ],
    ["of dates on a number", expectColumn("pages").dateBetween(null, "2024-01-01"), "not date"],
    ["of a pattern on a number", expectColumn("pages").matchesRegex(/1/), "pages is of type int, not string"],
    ["of texts on a number", expectColumn("pages").inSet(["1"]), "pages is of type int, not string"],
    [
      "of a mean of dates",
      expectColumn("first").meanBetween(0, 1),
      "first is of type date, not int or bigint or float or decimal",
    ],
    [
      "of a date above a number",
      expectPair("last").greaterThan("pages"),
      "last is of type date, pages of type int",
    ],
    ["of a column above itself", expectPair("last").greaterThan("last"), "never greater than itself"],
    [
      "mostly above 1",
      expectColumn("pages").notNull({ mostly: 99 }),
      "source visits: expectation not_null: column pages: mostly 99 must be above 0 and at most 1",
    ],
    ["mostly 0", expectColumn("pages").notNull({ mostly: 0 }), "mostly 0 must be above 0"],
    ["mostly NaN", expectColumn("pages").notNull({ mostly: Number.NaN }), "mostly NaN must be above 0"],
    [
      "bounds turned around",
      expectRowCount().between(10, 1),
      "expectation row_count_between: its lower bound 10 is above its upper bound 1",
    ],
    ["no bound", expectColumn("pages").between(null, null), "neither a lower nor an upper bound"],
    ["a bound that is no number", expectColumn("pages").between(Number.NaN, 1), "bound NaN is not a finite"],
    [
      "a bound that is no date",
      expectColumn("last").dateBetween("2024-02-30", null),
      "bound 2024-02-30 is not a date that exists",
    ],
    ["an empty set", expectColumn("plan").inSet([]), "the set allows no value"],
    ["a pattern that does not end", expectColumn("plan").matchesRegex("(a"), "Unterminated group"],
    [
      "a key of no source",
      expectKey().foreignKey({ name: "payments" }),
      "expectation foreign_key: the key: its source payments is not listed in sources",
    ],
    [
      "a query of another file",
      expectSql("x", "select 1 from {people}"),
      'SQL "x": its query does not read {batch}',
    ],
    [
      "a query of no source",
      expectSql("x", "select 1 from {batch}, {peple}"),
      "{peple} is neither {batch} nor a source",
    ],
    ["a query without a name", expectSql("No Name", "select 1 from {batch}"), "must be lower_snake_case"],
  ])("%s", (_, expectation, message) => {
    expect(() => declare(expectation)).toThrow(message);
  });

  it("two queries of one name", () => {
    const query = expectSql("twice", "select * from {batch} where pages = 0");
    expect(() => declare(query, query)).toThrow('expectation SQL "twice": it is declared twice');
  });
});

describe("what the compiler refuses of a source's expectations", () => {
  it("columns it does not have, and types a rule cannot be put on", () => {
    source("visits", {
      columns,
      expectations: [
        expectColumn("pages").between(0, 10, { mostly: 0.9, severity: "WARNING" }),
        expectColumn("plan").inSet(["a", "b"]),
        expectColumn("pages").inSet([1, 2]),
        expectPair("last").greaterThan("first", { orEqual: true }),
        expectKey().matchesRegex(/^U/),
        expectRowCount().between(1, null),
        // @ts-expect-error: the source has no such column
        expectColumn("page").between(0, 10),
        // @ts-expect-error: nor that one
        expectPair("last").greaterThan("frist"),
        // @ts-expect-error: plan is text
        expectColumn("plan").between(0, 10),
        // @ts-expect-error: pages are numbers
        expectColumn("pages").inSet(["1"]),
        // @ts-expect-error: first is a date
        expectColumn("first").meanBetween(0, 10),
        // @ts-expect-error: a mean is one number, of which there is no share
        expectColumn("pages").meanBetween(0, 10, { mostly: 0.5 }),
      ],
    });
  });
});

describe("the hash of the definitions", () => {
  it("covers every part of an expectation, patterns included", () => {
    const variants = [
      declare(),
      declare(expectColumn("plan").matchesRegex(/a/)),
      declare(expectColumn("plan").matchesRegex(/a/i)),
      declare(expectColumn("plan").matchesRegex(/b/)),
      declare(expectColumn("pages").between(0, 1)),
      declare(expectColumn("pages").between(0, null)),
      declare(expectColumn("pages").between(0, 1, { mostly: 0.5 })),
      declare(expectColumn("pages").between(0, 1, { severity: "WARNING" })),
      declare(expectSql("x", "select * from {batch}")),
    ];
    expect(new Set(variants.map(deploymentSha256)).size).toBe(variants.length);
  });
});
