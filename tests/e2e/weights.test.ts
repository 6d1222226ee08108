import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { float, int, string } from "../../src/definitions/language/column.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { regressionTask as regression } from "../../src/definitions/language/learns.js";
import {
  builtInTrainingCommands,
  trainingCommands,
} from "../../src/jobs/train-externally/training-commands.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { writeDelivery } from "../support/delivery.js";
import type { FinishedRun } from "../support/graphql.js";
import { matrixModel } from "../support/onnx.js";

vi.setConfig({ testTimeout: 120_000 });

const SHOPS = 120;
const [JANUARY, FEBRUARY] = ["2024-01-31", "2024-02-29"];

/** Shops of a sample, each of which stands for so many. */
function sample() {
  const shop = entity("shop", { key: "shop_id" });
  const shops = source("shops", { columns: { area: float({ min: 0 }), goods: string() } });
  const strata = source("strata", { columns: { n: int() } });
  const outcomes = source("outcomes", { columns: { sales: float(), checks: float() } });
  const facts = featureView("facts", { source: shops, features: ["area", "goods"] });
  const of = (name: string, weight: object) =>
    featureService(name, { features: [facts], task: regression(outcomes.sales, weight) });
  return deployment({
    name: "sample",
    entity: shop,
    entitySource: shops,
    sources: [shops, strata, outcomes],
    views: [facts],
    services: [
      of("plain", {}),
      of("weighed", { weight: strata.n }),
      // Read beside the label.
      of("checked", { weight: outcomes.checks }),
    ],
  });
}

const idOf = (i: number) => `S${String(i).padStart(3, "0")}`;
const weightOf = (i: number) => 1 + (i % 4) ** 3;
const areaOf = (i: number) => 20 + ((i * 37) % 80);
const salesOf = (i: number) => areaOf(i) * (1 + (i % 4)) + ((i * 13) % 7);
/** Heavy shops sell more a square metre. @param n of the strata, as they are delivered */
const files = (n: (i: number) => string | null) => {
  const rows = (header: string, row: (i: number) => string | null) => [
    `shop_id,${header}`,
    ...Array.from({ length: SHOPS }, (_, i) => row(i)).flatMap((row, i) =>
      row === null ? [] : [`${idOf(i)},${row}`],
    ),
  ];
  return {
    shops: rows("area,goods", (i) => `${areaOf(i)},${i % 3 ? "food" : "books"}`),
    strata: rows("n", n),
    outcomes: rows("sales,checks", (i) => `${salesOf(i)},${weightOf(i) / 8}`),
  };
};

describe("rows that weigh, from files to a judged version", () => {
  let app: TestApp;
  const runs: Record<string, FinishedRun> = {};
  const finished = async (mutation: string): Promise<FinishedRun> => {
    const { run } = await app.client.query(`mutation { run: ${mutation} { id } }`);
    return app.client.finished(run.id);
  };
  const trained = (model: string, asOf = JANUARY) =>
    finished(
      `train(input: { asOf: "${asOf}", model: "${model}", algorithm: LINEAR_REGRESSION, params: { l2: 0 } })`,
    );

  const folder = mkdtempSync(join(tmpdir(), "asof-weights-test-"));

  beforeAll(async () => {
    const model = join(folder, "given.onnx");
    const gemm = { op: "Gemm", inputs: ["X", "/w", "/b"], outputs: ["value"] };
    const outputs = [{ name: "value", type: "float32", width: 1 }] as const;
    writeFileSync(model, matrixModel([4, 0], { nodes: [gemm], outputs: [...outputs] }));
    const command: [string, ...string[]] = [
      process.execPath,
      join(import.meta.dirname, "weighted-trainer.mjs"),
      model,
    ];
    trainingCommands.use([{ name: "weighing", description: "A test's.", command }]);
    const config = { trainingDir: join(folder, "runs") };
    app = await startTestApp({ definitions: sample(), config });
    writeDelivery(
      app.dataDir,
      "2024-01",
      files((i) => String(weightOf(i))),
    );
    // One shop has no row, two have no weight, one has 0.
    writeDelivery(
      app.dataDir,
      "2024-02",
      files((i) => (i === 5 ? null : i < 2 ? "" : i === 2 ? "0" : String(weightOf(i)))),
    );
    expect((await app.client.ingest("2024-01", JANUARY)).error).toBeNull();
    expect((await app.client.ingest("2024-02", FEBRUARY)).error).toBeNull();
    for (const model of ["plain", "weighed", "checked"]) runs[model] = await trained(model);
  }, 240_000);
  afterAll(async () => {
    await app?.stop();
    trainingCommands.use(builtInTrainingCommands);
    rmSync(folder, { recursive: true, force: true });
  });

  const metric = (model: string, name: string): number =>
    runs[model]!.metrics.filter((each) => each.name === name).at(-1)!.value;

  it("are learnt and measured by their weights, wherever those are read", () => {
    for (const run of Object.values(runs)) expect(run.error).toBeNull();
    expect(metric("weighed", "rmse")).not.toBe(metric("plain", "rmse"));
    // Without a penalty the unit of the weights says nothing.
    expect(metric("checked", "rmse")).toBeCloseTo(metric("weighed", "rmse"), 3);
    expect(metric("weighed", "test_rows")).toBe(metric("plain", "test_rows"));
  });

  it("are made again byte for byte", async () => {
    const reproduced = await finished(`reproduce(runId: "${runs.weighed!.id}")`);
    expect(reproduced.error).toBeNull();
    expect(reproduced.result).toMatchObject({ identical: true });
  });

  it("are exported with what they weigh", async () => {
    for (const [model, expected] of [
      ["weighed", (i: number) => weightOf(i)],
      ["checked", (i: number) => weightOf(i) / 8],
    ] as const) {
      const run = await finished(
        `exportTrainingSet(input: { asOfFrom: "${JANUARY}", asOfTo: "${JANUARY}", model: "${model}", formats: [CSV] })`,
      );
      expect(run.error).toBeNull();
      const { url } = run.artifacts.find(({ name }) => name === "training_set.csv")!;
      const text = await (await fetch(`${app.client.address}${url}`)).text();
      const [header, ...lines] = text.trimEnd().split("\n");
      expect(header).toBe("as_of,shop_id,area,goods,sales,sample_weight");
      expect(lines.map((line) => Number(line.split(",").at(-1)))).toEqual(
        Array.from({ length: SHOPS }, (_, i) => expected(i)),
      );
    }
  });

  it.each([
    ["weighed", 1],
    ["checked", 1 / 8],
  ])("are given to a program outside with what they weigh, and judged by it: %s", async (model, unit) => {
    const run = await finished(
      `trainExternally(input: { command: "weighing", asOf: "${JANUARY}", model: "${model}" })`,
    );
    expect(run.error).toBeNull();
    const { run: found } = await app.client.query(
      `query($id: ID!) { run(id: $id) { children { kind metrics { name value } modelVersion { version metrics { name value } } } } }`,
      { id: run.id },
    );
    const of = (list: { name: string; value: number }[], name: string) =>
      list.find((each) => each.name === name)!.value;
    const { metrics, modelVersion } = found.children.find(({ kind }: any) => kind === "EXTERNAL");
    const all = Array.from({ length: SHOPS }, (_, i) => i);
    const total = all.reduce((sum, i) => sum + weightOf(i), 0);
    const mean = all.reduce((sum, i) => sum + weightOf(i) * salesOf(i), 0) / total;
    expect(of(metrics, "rows")).toBe(SHOPS);
    expect(of(metrics, "total_weight")).toBeCloseTo(total * unit, 9);
    expect(of(metrics, "weighted_mean")).toBeCloseTo(mean, 9);
    // Heavy shops sell four times their area, as the model says; with all counting the same it would be off by 90.
    expect(of(modelVersion.metrics, "mae")).toBeLessThan(45);
  });

  it("are refused where one does not weigh, and nobody is left out for it", async () => {
    const { error } = await trained("weighed", FEBRUARY);
    expect(error!.message).toBe(
      `weight: of the ${SHOPS} rows to train on 3 empty, 1 0 or less in n of strata; a weight is a number above 0: ` +
        "deliver one for each row, or empty the label of rows that are not to count",
    );
    expect((await trained("plain", FEBRUARY)).error).toBeNull();
  });

  it("are declared by a column of numbers of a source with one row an entity", () => {
    const shop = entity("shop", { key: "shop_id" });
    const shops = source("shops", { columns: { area: float(), goods: string() } });
    const outcomes = source("outcomes", { columns: { sales: float() } });
    const facts = featureView("facts", { source: shops, features: ["area"] });
    const of = (weight: { source: typeof shops; column: string }) => () =>
      deployment({
        ...{ name: "x", entity: shop, entitySource: shops, sources: [shops, outcomes], views: [facts] },
        services: [
          {
            ...featureService("s", { features: [facts], task: regression(outcomes.sales) }),
            weight: weight as never,
          },
        ],
      });
    expect(of({ source: shops, column: "goods" })).toThrow(
      "service s: its weight goods is a string; a weight is a number",
    );
    expect(of({ source: shops, column: "size" })).toThrow(
      "service s: its weight's source shops has no column size",
    );
    expect(of({ source: outcomes as never, column: "sales" })).toThrow(
      "service s: its weight sales is its label",
    );
  });
});
