import { createHash } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ExplainedModel, ExplainThread } from "../../src/serving/explain-thread.js";
import { Explainer } from "../../src/training/explain/explainer.js";
import { emptyTree, NodeMode, type Tree } from "../../src/training/learners/boosting/tree.js";
import { forestToOnnx } from "../../src/training/onnx/tree-model.js";
import { graphOutputs } from "../../src/training/tasks/binary/output.js";
import { until } from "../support/until.js";
import { uniform } from "../training/tables.js";

const FEATURES = Array.from({ length: 12 }, (_, k) => `f${k}`);

/** Every way as long, a split by one feature after the other. */
function fullTree(depth: number, salt: number): Tree {
  const tree = emptyTree(2 ** depth);
  const inner = 2 ** depth - 1;
  for (let node = 0; node < tree.mode.length; node++) {
    tree.rows[node] = 2 ** (depth - Math.floor(Math.log2(node + 1)));
    if (node >= inner) tree.value[node] = uniform(node, salt);
    else {
      tree.mode[node] = NodeMode.atMost;
      tree.column[node] = (node + salt) % FEATURES.length;
      tree.threshold[node] = uniform(node, salt + 1);
      [tree.left[node], tree.right[node]] = [2 * node + 1, 2 * node + 2];
    }
  }
  return tree;
}

function forestOf(trees: number, depth: number): ExplainedModel {
  const columns = FEATURES.map((name) => ({ name }));
  const metadata = {
    "asof.features": JSON.stringify(FEATURES.map((name) => ({ name, kind: "numeric" }))),
    "asof.background": "{}",
  };
  const grown = Array.from({ length: trees }, (_, k) => fullTree(depth, 7 * k));
  const onnx = forestToOnnx(columns, grown, graphOutputs, metadata);
  return { sha256: createHash("sha256").update(onnx).digest("hex"), learner: "RANDOM_FOREST", onnx };
}

const rowOf = (salt: number) => Object.fromEntries(FEATURES.map((name, k) => [name, uniform(k, salt)]));
const read = ({ onnx }: ExplainedModel): Explainer => Explainer.read(onnx)!;
const expected = (model: ExplainedModel, salt: number) => {
  const explainer = read(model);
  return { ...explainer.explain(rowOf(salt)), margin: explainer.margin };
};

describe("the thread that explains answers", () => {
  const small = forestOf(3, 4);
  let thread: ExplainThread;
  beforeAll(() => {
    thread = new ExplainThread();
  });
  afterAll(() => thread.close());

  it("is started by the first question, and explains as the model's explainer does", async () => {
    expect(thread.isStarted).toBe(false);
    expect(await thread.explain(small, rowOf(1))).toEqual(expected(small, 1));
    expect(thread.isStarted).toBe(true);
    expect(await thread.explain(small, rowOf(2))).toEqual(expected(small, 2));
  });

  it("lets no request wait while a large forest is read and walked for the first time", async () => {
    // 900 000 nodes, a file of 27 MB.
    const large = forestOf(220, 11);
    const startedAt = performance.now();
    const explainer = read(large);
    const readMs = performance.now() - startedAt;
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const explanation = await thread.explain(large, rowOf(3));
    delay.disable();
    expect(explanation).toEqual({ ...explainer.explain(rowOf(3)), margin: "probability" });
    // To read it here would have taken all of that at once.
    expect(delay.max / 1e6).toBeLessThan(readMs / 3);
  });

  it("answers for more models than it keeps, all at once", async () => {
    const models = Array.from({ length: 12 }, (_, k) => forestOf(1 + k, 3));
    for (const round of [4, 5]) {
      const told = await Promise.all(
        models.flatMap((model) => [model, model].map((each) => thread.explain(each, rowOf(round)))),
      );
      expect(told).toEqual(models.flatMap((model) => [expected(model, round), expected(model, round)]));
    }
  });

  it("says why a file cannot be explained, and goes on", async () => {
    const broken = { sha256: "0".repeat(64), learner: "RANDOM_FOREST", onnx: new Uint8Array() };
    await expect(thread.explain(broken, rowOf(1))).rejects.toThrow("a model has one graph, this one 0");
    await expect(thread.explain(broken, rowOf(1))).rejects.toThrow("a model has one graph, this one 0");
    expect(await thread.explain(small, rowOf(6))).toEqual(expected(small, 6));
  });
});

it("a model of a learner that the thread does not know is refused, not taken for one without explanations", async () => {
  const thread = new ExplainThread();
  const model = { ...forestOf(1, 2), learner: "PERCEPTRON" };
  await expect(thread.explain(model, rowOf(1))).rejects.toThrow('no learner is named "PERCEPTRON"');
  thread.close();
});

it("a thread without questions rests, and is there again for the next one", async () => {
  const model = forestOf(2, 3);
  const thread = new ExplainThread(1);
  expect(await thread.explain(model, rowOf(1))).toEqual(expected(model, 1));
  await until("the thread has ended", () => !thread.isStarted);
  expect(await thread.explain(model, rowOf(2))).toEqual(expected(model, 2));
  thread.close();
});

it("who waits when it is closed is told so, and so is who asks later", async () => {
  const model = forestOf(2, 3);
  const thread = new ExplainThread();
  const waiting = expect(thread.explain(model, rowOf(1))).rejects.toMatchObject({
    reason: "unavailable",
    message: "the thread that explains answers has ended",
  });
  thread.close();
  await waiting;
  await expect(thread.explain(model, rowOf(1))).rejects.toThrow("the thread that explains answers has ended");
});
