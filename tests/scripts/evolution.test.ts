import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RefusedChange } from "../../scripts/generate-deployment.js";
import { migrateDatabase } from "../../src/db/database.js";
import { findLoss } from "../../src/db/migrations/history-guard.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import { derivedTables } from "../../src/db/tables/derived.js";
import { bool, type Column, date, float, int, string } from "../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  deploymentSha256,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { count, days, max, sum, type WindowFeature } from "../../src/definitions/language/windows/window.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { type OwnMigrations, ownMigrations } from "../support/deployment.js";

/** A little shop: what each test changes of it is all that it names. */
interface Shop {
  columns?: Record<string, Column>;
  features?: string[];
  source?: { version?: number; retired?: string[]; renamed?: Record<string, string> };
  view?: { version?: number; retired?: string[]; renamed?: Record<string, string> };
  more?: Partial<Omit<Deployment, "entities">>;
  key?: string;
}

const people = source("people", { columns: { city: string() } });
const outcomes = source("outcomes", { columns: { left: bool({ required: true }) } });
const COLUMNS = { pages: int(), hours: float(), plan: string() };

function shop({ columns = COLUMNS, features = ["pages", "hours"], ...change }: Shop = {}): Deployment {
  const visits = source("visits", { columns, ...change.source });
  const visited = featureView("visited", { source: visits, features, ...change.view });
  return deployment({
    name: "shop",
    entity: entity("person", { key: change.key ?? "person_id" }),
    entitySource: people,
    sources: [people, visits, outcomes],
    views: [visited],
    services: [
      featureService("leaving", {
        views: [visited],
        label: { source: outcomes, column: "left" },
        gates: { minAuc: 0.5 },
      }),
    ],
    ...change.more,
  });
}

let own: OwnMigrations;
beforeEach(async () => {
  own = ownMigrations();
  await own.generate(shop());
});
afterEach(() => own.remove());

const statementsOf = (file: string | null): string[] =>
  file === null
    ? []
    : readFileSync(file, "utf8")
        .split("--> statement-breakpoint")
        .map((statement) => statement.trim());
const generated = async (change: Shop) => statementsOf(await own.generate(shop(change)));
const refusal = async (change: Shop): Promise<string> => {
  const before = readdirSync(own.folder, { recursive: true }).map(String);
  const error = await own.generate(shop(change)).then(
    (file) => expect.fail(`it wrote ${file}`),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(RefusedChange);
  expect(readdirSync(own.folder, { recursive: true }).map(String)).toEqual(before);
  return (error as Error).message;
};
const without = (...names: (keyof typeof COLUMNS)[]) =>
  Object.fromEntries(Object.entries(COLUMNS).filter(([name]) => !names.includes(name as "pages")));

/** Those that have the features: live, of snapshots, online, pushed. */
const TABLES = Object.values(derivedTables(shop()))
  .map((table) => getTableConfig(table as PgTable))
  .filter(({ columns }) => columns.some(({ name }) => name === "hours"))
  .map(({ name }) => name);

describe("db:generate", () => {
  it("has nothing to do where nothing changed, and adds columns where they are declared", async () => {
    expect(await generated({})).toEqual([]);
    expect(
      await generated({ columns: { ...COLUMNS, clicks: int() }, features: ["pages", "hours", "clicks"] }),
    ).toEqual(TABLES.map((table) => `ALTER TABLE "${table}" ADD COLUMN "clicks" integer;`));
    expect(readdirSync(own.folder).sort()).toEqual(["0000_baseline.sql", "0001_definitions.sql", "meta"]);
  });

  it.each<[string, Shop, string[]]>([
    [
      "a feature that is gone from a view",
      { features: ["pages"] },
      [
        "view visited: feature hours is gone; models that learned it would be served no more; add",
        'retired: ["hours"], in featureView("visited", …)',
      ],
    ],
    [
      "a feature that is gone while another one of its type appears",
      { columns: { ...COLUMNS, minutes: float() }, features: ["pages", "minutes"] },
      [
        'retired: ["hours"], in featureView("visited", …)',
        'renamed: { hours: "minutes" }, in featureView("visited", …)',
      ],
    ],
    [
      "a column that is gone from a source",
      { columns: without("plan") },
      [
        "source visits: column plan is gone, with its history; add",
        'retired: ["plan"], in source("visits", …)',
      ],
    ],
    [
      "a column that is gone while another one of its type appears",
      { columns: { ...without("plan"), tier: string() } },
      ['retired: ["plan"], in source("visits", …)', 'renamed: { plan: "tier" }, in source("visits", …)'],
    ],
    [
      "a feature of another type",
      { columns: { ...COLUMNS, pages: float() } },
      [
        "source visits: column pages was int and is float; what is kept of it cannot become another type; add",
        'version: 2, in source("visits", …)',
        'version: 2, in featureView("visited", …)',
      ],
    ],
    [
      "a column of another type that nothing serves",
      { columns: { ...COLUMNS, plan: int() } },
      ["column plan was string and is int", 'version: 2, in source("visits", …)'],
    ],
    [
      "a view that is gone",
      {
        more: {
          views: [],
          services: [],
        },
      },
      ["view visited is gone", 'retiredViews: ["visited"], in deployment({ … })'],
    ],
    [
      "a source that is gone, with its view",
      { more: { sources: [people, outcomes], views: [], services: [] } },
      ['retiredViews: ["visited"]', 'retiredSources: ["visits"], in deployment({ … })'],
    ],
    [
      "a key of another name",
      { key: "user_id" },
      ["its key was person_id and is user_id", 'key: "person_id"'],
    ],
    [
      "a column retired that was never there",
      { source: { retired: ["nothing"] } },
      ["column nothing is retired, and no migration ever made it"],
    ],
    [
      "a column renamed to one that is there",
      { columns: without("pages"), features: ["hours"], source: { renamed: { pages: "hours" } } },
      ["column pages is to be renamed hours, and history has both"],
    ],
  ])("refuses %s, writes nothing, and says the line to add", async (_, change, expected) => {
    const message = await refusal(change);
    expect(message).toMatch(/^nothing was written: a change would lose something/);
    for (const part of expected) expect(message).toContain(part);
  });

  it("refuses a view that moves to another source without a new version, and takes it with one", async () => {
    const moved = (version?: number): Shop => {
      const clicks = source("clicks", { columns: { pages: int(), hours: float() } });
      const view = featureView("visited", {
        source: clicks,
        features: ["pages", "hours"],
        ...(version ? { version } : {}),
      });
      const visits = source("visits", { columns: COLUMNS });
      return { more: { sources: [people, visits, outcomes, clicks], views: [view], services: [] } };
    };
    expect(await refusal(moved())).toContain('version: 2, in featureView("visited", …)');
    expect((await generated(moved(2)))[0]).toContain('CREATE TABLE "clicks"');
  });

  it("refuses a version that goes back, of a view and of a source", async () => {
    await generated({ view: { version: 3 }, source: { version: 2 } });
    const message = await refusal({ view: { version: 2 } });
    expect(message).toContain("view visited: version 2 is before 3, that of the last migration");
    expect(message).toContain("source visits: version 1 is before 2");
  });

  it.each<[string, Shop]>([
    ["a feature", { features: ["pages"], view: { retired: ["hours"] } }],
    ["a column, by its source", { columns: COLUMNS, features: ["pages"], source: { retired: ["hours"] } }],
    ["a column that is declared no longer", { columns: without("plan"), source: { retired: ["plan"] } }],
    [
      "a column that is declared no longer, by its view",
      { columns: without("hours"), features: ["pages"], view: { retired: ["hours"] } },
    ],
    ["a view", { more: { views: [], services: [], retiredViews: ["visited"] } }],
    [
      "a source with its view",
      {
        more: {
          sources: [people, outcomes],
          views: [],
          services: [],
          retiredViews: ["visited"],
          retiredSources: ["visits"],
        },
      },
    ],
  ])("writes no statement for %s that is retired, then or later, and takes it back", async (_, change) => {
    expect(await generated(change)).toEqual([]);
    expect(await generated(change)).toEqual([]);
    expect(await generated({})).toEqual([]);
  });

  it("renames a column in every table that has it, and tells the snapshots, once", async () => {
    const change: Shop = {
      columns: { ...without("hours"), watched: float() },
      features: ["pages", "watched"],
      view: { renamed: { hours: "watched" } },
    };
    expect(await generated(change)).toEqual([
      ...TABLES.map((table) => `ALTER TABLE "${table}" RENAME COLUMN "hours" TO "watched";`),
      "SELECT asof_rename_stored('visits', 'hours', 'watched');",
      "SELECT asof_rename_stored('visited:pushes', 'hours', 'watched');",
    ]);
    expect(await generated(change)).toEqual([]);
    // Named anew once more: both former names lead to it.
    const again: Shop = {
      columns: { ...without("hours"), seen: float() },
      features: ["pages", "seen"],
      source: { renamed: { hours: "seen", watched: "seen" } },
    };
    expect((await generated(again))[0]).toBe('ALTER TABLE "visits" RENAME COLUMN "watched" TO "seen";');
  });

  it("keeps the column of the former type beside the new one, at each change of type", async () => {
    const change = (column: Column, version: number): Shop => ({
      columns: { ...COLUMNS, pages: column },
      source: { version },
    });
    expect(await generated(change(float(), 2))).toEqual([
      ...TABLES.map((table) => `ALTER TABLE "${table}" RENAME COLUMN "pages" TO "pages__v1";`),
      "SELECT asof_rename_stored('visits', 'pages', 'pages__v1');",
      "SELECT asof_rename_stored('visited:pushes', 'pages', 'pages__v1');",
      ...TABLES.map((table) => `ALTER TABLE "${table}" ADD COLUMN "pages" double precision;`),
    ]);
    expect((await generated(change(string(), 3)))[0]).toBe(
      'ALTER TABLE "visits" RENAME COLUMN "pages" TO "pages__v2";',
    );
    // By the view's version alone.
    expect((await generated({ ...change(int(), 3), view: { version: 2 } }))[0]).toBe(
      'ALTER TABLE "visits" RENAME COLUMN "pages" TO "pages__v3";',
    );
  });

  describe("of a window feature", () => {
    const orders = source("orders", {
      eventTime: "at",
      eventKey: ["n"],
      columns: { at: date(), n: int(), dollars: float(), paid: bool() },
    });
    const declaring = (features: Record<string, WindowFeature>, options: Shop["view"] = {}): Shop => {
      const visits = source("visits", { columns: COLUMNS });
      const visited = featureView("visited", { source: visits, features: ["pages", "hours"] });
      const spending = featureView("spending", {
        ...{ source: orders, features: features as Record<string, never> },
        ...options,
      });
      return {
        more: { sources: [people, visits, outcomes, orders], views: [visited, spending], services: [] },
      };
    };
    const before = { spend: sum("dollars", days(30)), orders: count() };
    beforeEach(() => generated(declaring(before)));

    it.each([
      ["of 60 days", { ...before, spend: sum("dollars", days(60)) }, "over 60 days"],
      ["of all time", { ...before, spend: sum("dollars") }, "over all time"],
      [
        "of some events",
        { ...before, spend: sum("dollars", days(30), { where: { paid: true } }) },
        "where paid true",
      ],
      ["another kind", { ...before, spend: max("dollars", days(30)) }, "max of dollars"],
    ])("refuses that it becomes one %s, and says both", async (_, features, now) => {
      const message = await refusal(declaring(features));
      expect(message).toContain(
        'view spending: feature spend was "sum of dollars over 30 days of orders by at" and is "',
      );
      expect(message).toContain(now);
      expect(message).toContain('version: 2, in featureView("spending", …)');
      expect(message).toContain(
        'another name for the feature as it is now, and retired: ["spend"], in featureView("spending", …)',
      );
    });

    it("keeps what was computed beside what is computed from the next version on", async () => {
      const next = { ...before, spend: sum("dollars", days(60)) };
      const statements = await generated(declaring(next, { version: 2 }));
      expect(statements).toContain('ALTER TABLE "spending_snapshots" RENAME COLUMN "spend" TO "spend__v1";');
      expect(statements).toContain("SELECT asof_rename_stored('spending', 'spend', 'spend__v1');");
      expect(statements).toContain('ALTER TABLE "spending_snapshots" ADD COLUMN "spend" double precision;');
      expect(await own.generate(shop(declaring(next, { version: 2 })))).toBeNull();
      expect(await refusal(declaring(before, { version: 2 }))).toContain("version: 3");
    });

    it("compares it under the name that it is given", async () => {
      const { spend, orders } = before;
      const renamed = { renamed: { spend: "spend_30d" } };
      expect(await refusal(declaring({ spend_30d: sum("dollars", days(60)), orders }, renamed))).toContain(
        "feature spend_30d was",
      );
      expect(await generated(declaring({ spend_30d: spend, orders }, renamed))).toContain(
        'ALTER TABLE "spending_snapshots" RENAME COLUMN "spend" TO "spend_30d";',
      );
    });

    it("takes conditions in another order, and other words for it, as the same thing", async () => {
      const both = (where: { paid: boolean; n: number }) => ({ ...before, some: count({ where }) });
      await generated(declaring(both({ paid: true, n: 1 })));
      const described = { ...both({ n: 1, paid: true }), orders: count({ description: "How many." }) };
      expect(await own.generate(shop(declaring(described)))).toBeNull();
    });

    it("does not start where the migration was not written", async () => {
      const database = await createDatabase();
      try {
        const started = (features: Record<string, WindowFeature>) =>
          migrateDatabase(database.url, { ...shop(declaring(features)), migrations: own.folder });
        await started(before);
        await expect(started({ ...before, spend: sum("dollars", days(60)) })).rejects.toMatchObject({
          code: "MIGRATION_MISSING",
          message: expect.stringContaining(
            'spending.spend is "sum of dollars over 60 days of orders by at", not "sum of dollars over 30 days of orders by at"',
          ),
        });
      } finally {
        await database.drop();
      }
    });
  });

  it("moves a feature from one view to another where the first retires it", async () => {
    const change = (retired: string[]): Shop => {
      const visits = source("visits", { columns: COLUMNS });
      const views = [
        featureView("visited", { source: visits, features: ["pages"], retired }),
        featureView("watched", { source: visits, features: ["hours"] }),
      ];
      return { more: { sources: [people, visits, outcomes], views, services: [] } };
    };
    expect(await refusal(change([]))).toContain('retired: ["hours"], in featureView("visited", …)');
    const statements = await generated(change(["hours"]));
    expect(statements.filter((sql) => sql.startsWith('CREATE TABLE "visited')).length).toBe(0);
    expect(statements.filter((sql) => sql.startsWith('CREATE TABLE "watched')).length).toBeGreaterThan(1);
    expect(statements.filter((sql) => sql.startsWith("ALTER"))).toEqual([]);
  });

  it("writes nothing that loses anything, whatever the definitions become", async () => {
    const changes: Shop[] = [
      { columns: { ...COLUMNS, clicks: int() } },
      {
        columns: { ...without("plan"), clicks: int(), tier: string() },
        source: { renamed: { plan: "tier" } },
      },
      {
        columns: { clicks: float(), pages: int(), tier: string() },
        features: ["pages"],
        source: { version: 2, retired: ["hours"], renamed: { plan: "tier" } },
      },
      {
        columns: { clicks: float(), pages: int(), tier: string(), hours: string() },
        features: ["pages", "hours"],
        source: { version: 3, renamed: { plan: "tier" } },
      },
    ];
    for (const change of changes)
      for (const sql of await generated(change)) expect([sql, findLoss(sql)]).toEqual([sql, null]);
  });

  it("asks nothing and needs no terminal: the command refuses with 1 and writes with 0", async () => {
    const definitions = resolve(`.evolution-${process.pid}.ts`);
    const generate = (text: string) => {
      writeFileSync(definitions, text);
      return promisify(execFile)(
        process.execPath,
        [
          "--import",
          "tsx",
          "scripts/db-generate.ts",
          "--definitions",
          definitions,
          "--migrations",
          own.folder,
        ],
        { timeout: 60_000 },
      ).then(
        ({ stdout }) => ({ code: 0, text: stdout }),
        ({ code, stderr }: { code: number; stderr: string }) => ({ code, text: stderr }),
      );
    };
    const text = (features: string, more = "") => `
      import { bool, float, int, string } from "${module("column")}";
      import { deployment, entity, featureView, source } from "${module("deployment")}";
      const people = source("people", { columns: { city: string() } });
      const visits = source("visits", { columns: { pages: int(), hours: float(), plan: string() } });
      const outcomes = source("outcomes", { columns: { left: bool() } });
      export const definitions = deployment({ name: "shop", entity: entity("person", { key: "person_id" }), entitySource: people,
        sources: [people, visits, outcomes], views: [featureView("visited", { source: visits, features: ${features}, ${more} })], services: [] });`;
    try {
      const refused = await generate(text('["pages"]'));
      expect(refused.code).toBe(1);
      expect(refused.text).toContain('retired: ["hours"], in featureView("visited", …)');
      expect(await generate(text('["pages"]', 'retired: ["hours"]'))).toEqual({
        code: 0,
        text: "nothing to do: the migrations already hold what the definitions declare\n",
      });
      expect((await generate(text('["pages", "plan"]', 'retired: ["hours"]'))).text).toMatch(
        /0001_definitions\.sql: read it/,
      );
    } finally {
      rmSync(definitions, { force: true });
    }
  }, 240_000);
});

const module = (name: string) => pathToFileURL(resolve(`src/definitions/language/${name}.ts`)).href;

describe("a database that goes through it", () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeEach(async () => {
    database = await createDatabase();
    pool = createPool(database.url, 1);
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });
  const migrate = (change: Shop = {}) =>
    migrateDatabase(database.url, { ...shop(change), migrations: own.folder });

  it("keeps every value that it ever had, and ends like one that went all the way at once", async () => {
    await migrate();
    await pool.query(
      "insert into visits (person_id, pages, hours, plan, as_of) values ('a', 7, 1.5, 'gold', '2024-01-31')",
    );
    await pool.query(
      "insert into visited_online (person_id, as_of, pages, hours) values ('a', '2024-01-31', 7, 1.5)",
    );
    const renamed: Shop = {
      columns: { ...without("hours"), watched: float() },
      features: ["pages", "watched"],
      source: { renamed: { hours: "watched" } },
    };
    await own.generate(shop(renamed));
    await migrate(renamed);
    const retyped: Shop = {
      columns: { watched: float(), pages: float() },
      features: ["pages", "watched"],
      source: { version: 2, renamed: { hours: "watched" }, retired: ["plan"] },
    };
    await own.generate(shop(retyped));
    await migrate(retyped);
    expect((await pool.query("select * from visits")).rows).toEqual([
      { person_id: "a", pages__v1: 7, pages: null, watched: 1.5, plan: "gold", as_of: "2024-01-31" },
    ]);
    expect((await pool.query("select * from visited_online")).rows).toEqual([
      { person_id: "a", as_of: "2024-01-31", pages__v1: 7, pages: null, watched: 1.5 },
    ]);
  });
});

describe("definitions that contradict themselves are refused", () => {
  it.each<[string, Shop, string]>([
    [
      "a version that is none",
      { view: { version: 0 } },
      "view visited: version 0 must be a whole number, 1 or more",
    ],
    ["half a version", { source: { version: 1.5 } }, "source visits: version 1.5 must be a whole number"],
    [
      "retired and served",
      { view: { retired: ["pages"] } },
      "view visited: feature pages is retired and declared; take it out of one of the two",
    ],
    [
      "served and retired by its source",
      { source: { retired: ["pages"] } },
      "view visited: source visits has no column pages",
    ],
    ["retired twice", { view: { retired: ["x", "x"] } }, "view visited: feature x is retired twice"],
    [
      "renamed to what is not declared",
      { source: { renamed: { old: "page" } } },
      'source visits: renamed: { old: "page" }: column page is not declared; name the column that old is now',
    ],
    [
      "renamed to a feature that is not declared",
      { view: { renamed: { old: "plan" } } },
      'view visited: renamed: { old: "plan" }: feature plan is not declared',
    ],
    [
      "a name that was renamed away and is used again",
      { source: { renamed: { plan: "pages" } } },
      'source visits: renamed: { plan: "pages" }: plan is declared still; a name that was renamed away is not used again',
    ],
    [
      "a feature renamed away whose column stays",
      { view: { renamed: { plan: "pages" } } },
      "view visited: feature plan was renamed pages, and is a column of source visits still",
    ],
    ["renamed to itself", { source: { renamed: { x: "x" } } }, 'renamed: { x: "x" } renames nothing'],
    [
      "renamed and retired",
      { columns: without("plan"), source: { renamed: { plan: "pages" }, retired: ["plan"] } },
      "plan is retired, too; a column either ends or goes on under its new name",
    ],
    [
      "renamed by way of another name",
      { source: { renamed: { a: "b", b: "pages" } } },
      'renamed: { a: "b" }: b was renamed, too; write a: "pages"',
    ],
    [
      "renamed by view and source, differently",
      { view: { renamed: { x: "pages" } }, source: { renamed: { x: "hours" } } },
      "view visited: feature x was renamed pages, and by source visits hours; write the same in both",
    ],
    [
      "a name of a former type",
      { columns: { ...COLUMNS, pages__v1: int() } },
      "source visits: column pages__v1: names that end in __v and a number are those of former types",
    ],
    [
      "a view retired and declared",
      { more: { retiredViews: ["visited"] } },
      "retiredViews: view visited is declared still",
    ],
    [
      "a source retired and declared",
      { more: { retiredSources: ["visits"] } },
      "retiredSources: source visits is declared still",
    ],
    [
      "a deployment named like a folder",
      { more: { name: "core" } },
      'deployment "core": use a lower_snake_case name',
    ],
  ])("%s", (_, change, message) => {
    expect(() => shop(change)).toThrow(message);
  });

  it("where the compiler sees it, it does not compile", () => {
    const visits = source("visits", { columns: { pages: int(), hours: float() }, retired: ["hours"] });
    expect(Object.keys(visits.columns)).toEqual(["pages"]);
    expect(visits.retired).toEqual({ hours: { type: "float", required: false } });
    // @ts-expect-error: misspelt
    featureView("v", { source: visits, features: ["page"] });
    // @ts-expect-error: retired
    featureView("v", { source: visits, features: ["hours"] });
    // @ts-expect-error: renamed to what it does not serve
    featureView("v", { source: visits, features: ["pages"], renamed: { old: "page" } });
    // @ts-expect-error: renamed to what it does not hold
    source("s", { columns: { a: int() }, renamed: { old: "b" } });
    // @ts-expect-error: renamed to what is retired
    source("s", { columns: { a: int(), b: int() }, retired: ["b"], renamed: { old: "b" } });
    // @ts-expect-error: a label that is no column
    featureService("f", { views: [], label: { source: outcomes, column: "lef" }, gates: {} });
  });

  it("and what is left out counts as in 0.1.0: the definitions' hash is the same", () => {
    const written = shop({
      view: { version: 1, retired: [], renamed: {} },
      source: { version: 1 },
      more: { name: "other" },
    });
    expect(deploymentSha256(written)).toBe(deploymentSha256(shop()));
    expect(deploymentSha256(shop({ view: { version: 2 } }))).not.toBe(deploymentSha256(shop()));
    expect(deploymentSha256(shop({ view: { retired: ["x"] } }))).not.toBe(deploymentSha256(shop()));
  });
});
