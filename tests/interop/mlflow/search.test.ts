import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { MlflowCalls } from "./support.js";

let app: TestApp;
let mlflow: MlflowCalls;

beforeAll(async () => {
  app = await startTestApp();
  mlflow = new MlflowCalls(app);
});
afterAll(() => app.stop());

/** Runs named `prefix` and a number, begun one a second from then on. */
const insertRuns = (experiment: string, prefix: string, from: number, count: number, tags: object) =>
  app.sql(
    `insert into runs (id, kind, status, params, actor, started_at, experiment_id, name, tags)
     select gen_random_uuid(), 'EXTERNAL', 'RUNNING', '{}', 'ada', to_timestamp($3::int + i), $1::bigint, $2 || i, $5
     from generate_series(1, $4::int) i`,
    [experiment, prefix, from, count, tags],
  );

interface Page {
  names: string[];
  next: string | undefined;
}
async function page(search: object): Promise<Page> {
  const { runs, next_page_token } = await mlflow.ok("POST", "runs/search", { ...search });
  return { names: (runs ?? []).map((run: any) => run.info.run_name), next: next_page_token };
}
async function everyPage(search: object): Promise<string[][]> {
  const pages: string[][] = [];
  for (let page_token: string | undefined = ""; page_token !== undefined; ) {
    const { names, next }: Page = await page({ ...search, page_token });
    pages.push(names);
    page_token = next;
  }
  return pages;
}

describe("a search over several experiments", () => {
  it("finds, in order, what lies far behind the newest of one of them", async () => {
    const [few, many] = [await mlflow.experiment("few"), await mlflow.experiment("many")];
    await insertRuns(few, "few", 1_000, 3, { team: "x" });
    await insertRuns(many, "many", 4_000, 1, { team: "x" });
    await insertRuns(many, "other", 5_000, 2_100, { team: "y" });
    const search = { experiment_ids: [few, many], filter: "tags.team LIKE 'x%'" };
    const expected = ["many1", "few3", "few2", "few1"];
    for (const max_results of [1, 2, 3, 10])
      expect((await everyPage({ ...search, max_results })).flat()).toEqual(expected);
    expect(await page({ ...search, max_results: 3 })).toMatchObject({ names: expected.slice(0, 3) });
  });

  it("finds what is common among the newest of all", async () => {
    const ids = [];
    for (let place = 0; place < 5; place++) {
      const id = await mlflow.experiment(`common ${place}`);
      await insertRuns(id, `common${place} `, 10_000 * place, 30, { team: "z" });
      ids.push(id);
    }
    const found = (
      await everyPage({ experiment_ids: ids, filter: "tags.team = 'z'", max_results: 40 })
    ).flat();
    expect(found).toHaveLength(150);
    expect(found.slice(0, 3)).toEqual(["common4 30", "common4 29", "common4 28"]);
    expect(found.at(-1)).toBe("common0 1");
  });
});

describe("a search for the runs of a parent", () => {
  it.each([
    ["=", ["child 2", "child 1"]],
    ["!=", ["other's"]],
    ["LIKE", ["child 2", "child 1"]],
    ["ILIKE", ["child 2", "child 1"]],
  ])("by %s", async (operator, names) => {
    const of = await mlflow.experiment(`parents ${operator}`);
    const [parent, other] = [await mlflow.run(of, { run_name: "parent" }), await mlflow.run(of)];
    const child = (run_name: string, start_time: number, value: string) =>
      mlflow.run(of, { run_name, start_time, tags: [{ key: "mlflow.parentRunId", value }] });
    await child("child 1", 1, parent);
    await child("child 2", 2, parent);
    await child("other's", 3, other);
    const filter = `tags.mlflow.parentRunId ${operator} '${parent}'`;
    expect((await page({ experiment_ids: [of], filter })).names).toEqual(names);
  });

  it("by whether there is one, and in its order", async () => {
    const of = await mlflow.experiment("presence");
    const parent = await mlflow.run(of, { run_name: "parent", start_time: 5 });
    await mlflow.run(of, { run_name: "child", tags: [{ key: "mlflow.parentRunId", value: parent }] });
    for (const [test, name] of [
      ["IS NULL", "parent"],
      ["IS NOT NULL", "child"],
    ])
      expect((await page({ experiment_ids: [of], filter: `tags.mlflow.parentRunId ${test}` })).names).toEqual(
        [name],
      );
    const order_by = ["tags.mlflow.parentRunId DESC"];
    expect((await page({ experiment_ids: [of], order_by })).names).toEqual(["child", "parent"]);
  });
});

describe("an answer", () => {
  it("has a thousand runs at most, however many are asked for", async () => {
    const of = await mlflow.experiment("pages");
    await insertRuns(of, "run", 0, 2_300, {});
    for (const order_by of [[], ["run_name"]]) {
      const pages = await everyPage({ experiment_ids: [of], max_results: 50_000, order_by });
      expect(pages.map((names) => names.length)).toEqual([1_000, 1_000, 300]);
      expect(new Set(pages.flat()).size).toBe(2_300);
    }
  });

  it("has every series of runs that have more together than one statement reads", async () => {
    const of = await mlflow.experiment("series");
    await insertRuns(of, "wide", 0, 55, {});
    await app.sql(
      `insert into run_latest_metrics (run_id, name, step, value, at)
       select r.id, 'm' || i, 0, i, now() from runs r, generate_series(1, 2000) i where r.experiment_id = $1`,
      [of],
    );
    const { runs } = await mlflow.ok("POST", "runs/search", { experiment_ids: [of], max_results: 100 });
    expect(new Set(runs.map((run: any) => run.data.metrics.length))).toEqual(new Set([2_000]));
    expect(runs).toHaveLength(55);
  });
});
