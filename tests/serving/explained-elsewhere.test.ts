import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { ingestMonth, JANUARY, learnableMonth, USERS } from "../support/months.js";
import { ensembleModel, type Grown, zipMapped } from "../support/onnx.js";
import { type Tracker, tracker } from "../support/tracker.js";

let app: TestApp;
let client: Tracker;
beforeAll(async () => {
  app = await startTestApp();
  client = tracker(app);
  await ingestMonth(app, JANUARY, learnableMonth());
});
afterAll(() => app?.stop());

const FEATURES = ["plan_stream_tv", "skips_7d"];
const IMPUTED = 5;
const split = (column: number, limit: number, left: Grown, right: Grown): Grown => ({
  column,
  limit,
  left,
  right,
});
const adds = (weight: number): Grown => ({ adds: [weight] });
const TREES = [
  split(0, 1.5, split(1, 2.5, adds(-1.5), adds(0.25)), split(1, 4.5, adds(0.75), adds(2))),
  split(1, 3.5, adds(-0.5), split(0, 0.5, adds(0), adds(1))),
];
/** As skl2onnx writes a boosted pipeline by default: an Imputer before the trees, a ZipMap behind them. */
const MODEL = zipMapped(
  ensembleModel(TREES, ["False", "True"], { columns: 2, post: "LOGISTIC", impute: IMPUTED }),
  "probabilities",
  ["False", "True"],
);

const REGISTER = `mutation($input: RegisterModelInput!) { registerModel(input: $input) { version judgedBy { id artifacts { name url } } metric(name: "test_rows")
  evaluation { importances { feature permutation gain shap shapByClass } } } }`;
const EXPLAIN = `query($ids: [ID!]!, $version: Int!) { predictMany(userIds: $ids, version: $version) { prediction {
  probability baseValue contributions { feature value contribution } } } }`;

type Values = Record<string, number | null>;
const answer = (tree: Grown, values: readonly number[]): number =>
  "adds" in tree
    ? tree.adds[0]!
    : answer(values[tree.column]! <= tree.limit ? tree.left : tree.right, values);
const valuesOf = (row: Values) => FEATURES.map((name) => Math.fround(row[name] ?? IMPUTED));
const marginOf = (values: readonly number[]) => TREES.reduce((sum, tree) => sum + answer(tree, values), 0);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** By the definition, of two features, beside the stored rows. */
function shapley(row: Values, stored: readonly Values[]): { base: number; of: number[] } {
  const own = valuesOf(row);
  const others = stored.map(valuesOf);
  const worth = (known: readonly boolean[]) =>
    mean(others.map((other) => marginOf(other.map((value, k) => (known[k] ? own[k]! : value)))));
  const [none, first, second, both] = [
    ...[worth([false, false]), worth([true, false])],
    ...[worth([false, true]), worth([true, true])],
  ] as const;
  return {
    base: none!,
    of: [(first! - none! + both! - second!) / 2, (second! - none! + both! - first!) / 2],
  };
}

it("a tree ensemble made elsewhere is explained beside stored rows, which are let go of with the people", async () => {
  const runId = (await client.create()).id;
  const input = { runId, onnx: Buffer.from(MODEL).toString("base64"), asOf: JANUARY };
  const { registerModel } = await app.client.query(REGISTER, {
    input: { ...input, signature: { inputs: [{ name: "X", features: FEATURES }] } },
  });
  const { version, judgedBy } = registerModel;
  const file = async (name: string) => {
    // Its address is that of its bytes, which an erasure changes.
    const { run } = await app.client.query("query($id: ID!) { run(id: $id) { artifacts { name url } } }", {
      id: judgedBy.id,
    });
    const { url } = run.artifacts.find((each: { name: string }) => each.name === name);
    return (await (await fetch(`${app.client.address}${url}`)).json()) as any;
  };
  const stored: { key: string; row: Values }[] = await file("background.json");
  expect(stored.map(({ key }) => key).sort()).toEqual([...USERS].sort());

  const check = async (among: readonly { row: Values }[]) => {
    const { predictMany } = await app.client.query(EXPLAIN, { ids: USERS.slice(0, 12), version });
    const rows = among.map(({ row }) => row);
    for (const { prediction } of predictMany) {
      const { probability, baseValue, contributions } = prediction;
      const row = Object.fromEntries(
        contributions.map(({ feature, value }: any) => [feature, value === null ? null : Number(value)]),
      );
      const wanted = shapley(row, rows);
      expect(baseValue).toBeCloseTo(wanted.base, 6);
      for (const [k, name] of FEATURES.entries())
        expect(contributions.find(({ feature }: any) => feature === name).contribution).toBeCloseTo(
          wanted.of[k]!,
          6,
        );
      const sum = contributions.reduce((total: number, each: any) => total + each.contribution, baseValue);
      expect(1 / (1 + Math.exp(-sum))).toBeCloseTo(probability, 6);
    }
  };
  await check(stored);

  const { rows, margin, features } = await file("evaluation/shap_summary.json");
  expect(margin).toBe("log_odds");
  expect(rows).toBe(registerModel.metric);
  expect(registerModel.evaluation.importances).toEqual(
    features.map(({ feature, meanAbsolute }: any) => ({
      ...{ feature, permutation: null, gain: null, shap: meanAbsolute, shapByClass: null },
    })),
  );

  const victim = USERS[40]!;
  const { eraseUser } = await app.client.query(
    'mutation($id: ID!) { eraseUser(userId: $id, reason: "asked") { id } }',
    { id: victim },
  );
  expect((await app.client.finished(eraseUser.id)).error).toBeNull();
  const left = (await file("background.json")) as typeof stored;
  expect(left).toEqual(stored.filter(({ key }) => key !== victim));
  await check(left);
});

it("says of a model without trees why it is not explained, and registers it", async () => {
  const { perFeatureModel } = await import("../support/onnx.js");
  const runId = (await client.create()).id;
  const onnx = Buffer.from(perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5)).toString("base64");
  const { registerModel } = await app.client.query(REGISTER, { input: { runId, onnx, asOf: JANUARY } });
  expect(registerModel.judgedBy.artifacts.map(({ name }: any) => name)).not.toContain("background.json");
  expect(registerModel.evaluation.importances).toEqual([]);
  const said = await app.sql("select message from run_events where run_id = $1", [registerModel.judgedBy.id]);
  expect(said.map(({ message }) => message)).toContain(
    "its answers cannot be explained: it has no tree ensembles; one was expected",
  );
  const { predictMany } = await app.client.query(EXPLAIN, {
    ids: [USERS[0]],
    version: registerModel.version,
  });
  expect(predictMany[0].prediction).toMatchObject({ baseValue: null, contributions: null });
});
