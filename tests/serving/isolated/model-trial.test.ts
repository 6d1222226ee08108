import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { ModelSignature } from "../../../src/registry/model.js";
import { DEFAULT_LIMITS, type ModelLimits } from "../../../src/serving/isolated/limits.js";
import { ModelTrial } from "../../../src/serving/model-trial.js";
import { hostileModel } from "../../support/hostile-models.js";
import { matrixModel } from "../../support/onnx.js";
import { until } from "../../support/until.js";

const signature: ModelSignature = {
  features: [{ name: "skips_7d", kind: "numeric" }],
  inputs: [{ name: "X", type: "float32", shape: [null, 1], features: ["skips_7d"] }],
  outputs: [{ name: "score", type: "float32", shape: [null, 1] }],
};
const rows = [
  { name: "one", row: { skips_7d: 1 } },
  { name: "none", row: { skips_7d: null } },
];

async function tryModel(onnx: Uint8Array, limits: Partial<ModelLimits> = {}) {
  const trial = await ModelTrial.open(onnx, signature, { ...DEFAULT_LIMITS, ...limits });
  try {
    return await trial.ask(
      rows.map(({ row }) => row),
      "on two rows",
    );
  } finally {
    trial.close();
  }
}

/** Multiplies matrices of 5 000 x 5 000 for minutes, before it answers anything. */
function endless(): Uint8Array {
  const [size, times] = [5_000, 60];
  const products = Array.from({ length: times }, (_, k) => ({
    op: "MatMul",
    inputs: [k === 0 ? "/square" : `/product${k - 1}`, "/square"],
    outputs: [`/product${k}`],
  }));
  return matrixModel([1], {
    nodes: [
      { op: "MatMul", inputs: ["/tall", "/wide"], outputs: ["/square"] },
      ...products,
      {
        op: "ReduceMean",
        inputs: [`/product${times - 1}`],
        outputs: ["/mean"],
        attributes: { keepdims: { int: 0 } },
      },
      { op: "Mul", inputs: ["X", "/mean"], outputs: ["/scaled"] },
      { op: "Sigmoid", inputs: ["/scaled"], outputs: ["score"] },
    ],
    initializers: [
      { name: "/tall", dims: [size, 1], floats: new Float32Array(size) },
      { name: "/wide", dims: [1, size], floats: new Float32Array(size) },
    ],
  });
}

const childrenOf = (pid: number): number[] => {
  const listed = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(pid)], { encoding: "utf8" });
  return listed
    .split("\n")
    .filter((line) => line.includes("model.process"))
    .map((line) => Number.parseInt(line, 10));
};

test("a model that is loaded and answers passes, and leaves no process", async () => {
  await tryModel(matrixModel([1]));
  expect(childrenOf(process.pid)).toEqual([]);
});

test("one that cannot be run is refused in the runtime's words", async () => {
  const onnx = matrixModel([1, 1]);
  const trial = await ModelTrial.open(onnx, signature);
  await expect(trial.score(rows).finally(() => trial.close())).rejects.toThrow(
    /^the model was not registered: onnxruntime cannot run it on 2 rows: .*X/s,
  );
});

test("what an operator says of the values it was given is left out", async () => {
  const named: ModelSignature = {
    ...signature,
    inputs: [{ ...signature.inputs[0]!, name: "skips_7d" }],
    outputs: [{ ...signature.outputs[0]!, name: "probability" }],
  };
  const trial = await ModelTrial.open(hostileModel("throws", 7), named);
  const refused = await trial
    .score([{ name: "U-7", row: { skips_7d: 7 } }])
    .then(String, (error: Error) => error.message)
    .finally(() => trial.close());
  expect(refused).toMatch(
    /onnxruntime cannot run it on 1 rows: .* \w+ node\. Name:'.*'; why is left out, for it may quote values$/,
  );
});

test("one that does not end is ended, and the event loop turned meanwhile", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 10);
  const refused = tryModel(endless(), { loadMs: 3_000, batchMs: 3_000 });
  await expect(refused).rejects.toThrow(
    /^the model was not registered: it did not answer within 3 s, (when it was loaded|on two rows)$/,
  );
  clearInterval(timer);
  expect(turns).toBeGreaterThan(20);
  expect(childrenOf(process.pid)).toEqual([]);
});

test.each([
  ["SIGSEGV", String.raw`it ended its process \(SIGSEGV\): out of memory, or a fault of its native code`],
  ["SIGALRM", "it did not answer in time, and ended itself"],
] as const)("one that ends by %s is refused, and this one goes on", async (signal, problem) => {
  const refused = tryModel(endless()).catch((error: Error) => error.message);
  await until("the trial runs", () => childrenOf(process.pid).length === 1);
  process.kill(childrenOf(process.pid)[0]!, signal);
  const place = "(when it was loaded|on two rows)";
  expect(await refused).toMatch(new RegExp(`^the model was not registered: ${problem}, ${place}$`));
});
