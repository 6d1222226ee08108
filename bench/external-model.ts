/**
 * npm run bench:external-model -- [rounds=7]: what a prediction costs of a model made elsewhere, in a process of its own,
 * beside the same file run in this process as asof's own models are. In turns; medians, and CPU of both processes.
 */
import type { ModelSignature, ModelVersion } from "../src/registry/model.js";
import type { Row } from "../src/serving/encoder.js";
import { DEFAULT_LIMITS } from "../src/serving/isolated/limits.js";
import { ProcessPlaces } from "../src/serving/isolated/process-places.js";
import { Suspicion } from "../src/serving/isolated/suspicion.js";
import { SessionRunner } from "../src/serving/runner.js";
import { ServedModel } from "../src/serving/served-model.js";
import { perFeatureModel } from "../tests/support/onnx.js";
import { cpuSecondsOf, rssMegabytesOf } from "./support/cpu.js";
import { hardware, median } from "./support/measure.js";

const rounds = Number(process.argv[2] ?? 7);
/** As a user would start it: the program of the build, not of the sources. */
const { IsolatedRunner } = (await import(
  new URL("../.bench-dist/serving/isolated/isolated-runner.js", import.meta.url).href
)) as typeof import("../src/serving/isolated/isolated-runner.js");

const names = Array.from({ length: 14 }, (_, k) => `feature_${k}`);
const onnx = perFeatureModel(Object.fromEntries(names.map((name, k) => [name, (k - 7) / 10])), 0.1);
const signature: ModelSignature = {
  features: names.map((name) => ({ name, kind: "numeric" })),
  inputs: names.map((name) => ({ name, type: "float32", shape: [null, 1], features: [name] })),
  outputs: [{ name: "probabilities", type: "float32", shape: [null, 2] }],
};
const rowsOf = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) =>
    Object.fromEntries(names.map((name, k) => [name, (i * 7 + k) % 11])),
  );

const places = new ProcessPlaces();
const isolated = new IsolatedRunner(signature, onnx, DEFAULT_LIMITS, new Suspicion(), places);
const startedAt = performance.now();
await isolated.load();
const startMs = performance.now() - startedAt;
const version = { model: "bench", version: 1, signature } as ModelVersion;
const ways = {
  "in this process": new ServedModel(version, await SessionRunner.load(signature, onnx, async () => null)),
  "in a process of its own": new ServedModel(version, isolated),
};

/** One after the other, or 64 who ask at once. */
const loads = [
  { name: "1 row, one after the other", rows: 1, times: 2_000, atOnce: 1 },
  { name: "1 row each, 64 at once", rows: 1, times: 100, atOnce: 64 },
  { name: "64 rows", rows: 64, times: 500, atOnce: 1 },
  { name: "1 024 rows", rows: 1_024, times: 60, atOnce: 1 },
];
const cpuNow = () => cpuSecondsOf(process.pid)! + (isolated.pid ? cpuSecondsOf(isolated.pid)! : 0);

try {
  const table: string[] = [];
  for (const { name, rows, times, atOnce } of loads) {
    const asked = rowsOf(rows);
    const samples: Record<string, { wall: number; cpu: number }[]> = {};
    for (let round = 0; round < rounds; round++) {
      for (const [way, model] of Object.entries(ways)) {
        const [since, cpu] = [performance.now(), cpuNow()];
        for (let i = 0; i < times; i++) {
          const ask = (): Promise<unknown> => (rows === 1 ? model.score(asked[0]!) : model.scoreEach(asked));
          await Promise.all(Array.from({ length: atOnce }, ask));
        }
        const predictions = rows * times * atOnce;
        const sample = {
          wall: ((performance.now() - since) * 1000) / predictions,
          cpu: ((cpuNow() - cpu) * 1e6) / predictions,
        };
        samples[way] = [...(samples[way] ?? []), sample];
      }
    }
    const [here, apart] = Object.values(samples).map((each) => ({
      wall: median(each.map(({ wall }) => wall)),
      cpu: median(each.map(({ cpu }) => cpu)),
    }));
    const shown = ({ wall, cpu }: { wall: number; cpu: number }) =>
      `${wall.toFixed(1)} µs, ${cpu.toFixed(1)} µs CPU`;
    table.push(
      `| ${name} | ${shown(here!)} | ${shown(apart!)} | +${(apart!.wall - here!.wall).toFixed(1)} µs |`,
    );
  }
  console.log(`${hardware()}, ${rounds} rounds, per prediction:\n`);
  console.log("| asked for | in this process | in a process of its own | price |\n|---|---|---|---|");
  console.log(table.join("\n"));
  console.log(
    `\nIts process starts, loads and answers in ${Math.round(startMs)} ms and takes ${Math.round(rssMegabytesOf(isolated.pid!))} MB.`,
  );
} finally {
  places.closeAll();
}
