/**
 * npm run bench:training -- [rows=7000] [rounds=5] [threads=1,2] [learners=boosting,forest,logistic] [trees=300 of a forest]:
 * fit time and AUC of asof's learners against scikit-learn, XGBoost and LightGBM on the same generated rows with the same
 * trees and leaves, in turns, each fit in a process of its own. BENCH_PYTHON names a Python with numpy, scikit-learn,
 * xgboost and lightgbm. Held-out rows: as many again, at most 200 000.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hardware, median } from "./support/measure.js";
import { generateRows } from "./support/training-rows.js";

const [rows, rounds] = [Number(process.argv[2] ?? 7_000), Number(process.argv[3] ?? 5)];
const threadCounts = (process.argv[4] ?? "1,2").split(",").map(Number);
const kinds = (process.argv[5] ?? "boosting,forest,logistic").split(",");
const forestTrees = Number(process.argv[6] ?? 300);
const testRows = Math.min(rows, 200_000);

interface Contest {
  trees: number;
  leaves: number;
  learners: string[];
}
const CONTESTS: Record<string, Contest> = {
  boosting: {
    trees: 100,
    leaves: 31,
    learners: ["asof_gradient_boosting", "lightgbm_gbdt", "xgboost_hist", "hist_gradient_boosting"],
  },
  forest: { trees: forestTrees, leaves: 256, learners: ["asof_random_forest", "random_forest"] },
  logistic: { trees: 0, leaves: 0, learners: ["asof_logistic_regression", "logistic_regression"] },
};

interface Fit {
  wall: number;
  cpu: number;
  auc: number;
}
const here = import.meta.dirname;
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "asof-bench-"));

async function fitOnce(learner: string, threads: number, { trees, leaves }: Contest): Promise<Fit> {
  const figures = [folder, rows, testRows, threads, trees, leaves].map(String);
  const [command, script] = learner.startsWith("asof_")
    ? [process.execPath, ["--import", "tsx", join(here, "support/training-fit.ts")]]
    : [process.env.BENCH_PYTHON ?? "python3", [join(here, "training_reference.py")]];
  const env = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
  const { stdout } = await run(command, [...script, learner, ...figures], { env });
  const answer = stdout.trim().split("\n").at(-1)!;
  console.error(learner, threads, answer);
  return JSON.parse(answer) as Fit;
}

try {
  for (const [name, count, seed] of [["train", rows, 1] as const, ["test", testRows, 2] as const]) {
    const { values, labels } = generateRows(count, seed);
    writeFileSync(join(folder, `${name}.values`), new Uint8Array(values.buffer));
    writeFileSync(join(folder, `${name}.labels`), labels);
  }
  console.log(
    `${hardware()}; ${new Date().toISOString().slice(0, 10)}; npm run bench:training -- ${process.argv.slice(2).join(" ")}\n`,
  );
  console.log(
    `| ${rows} rows | threads | wall s, median (all) | CPU s, median | auc |\n|---|---|---|---|---|`,
  );
  for (const kind of kinds) {
    const contest = CONTESTS[kind]!;
    const fits = new Map<string, Fit[]>();
    for (let round = 0; round < rounds; round++) {
      for (const threads of threadCounts) {
        for (const learner of contest.learners) {
          const key = `${learner} | ${threads}`;
          fits.set(key, [...(fits.get(key) ?? []), await fitOnce(learner, threads, contest)]);
        }
      }
    }
    for (const [key, all] of fits) {
      const walls = all.map(({ wall }) => wall);
      const each = walls.map((wall) => wall.toFixed(3)).join(" ");
      const cpu = median(all.map((one) => one.cpu));
      console.log(
        `| ${key} | ${median(walls).toFixed(3)} (${each}) | ${cpu.toFixed(3)} | ${all[0]!.auc.toFixed(4)} |`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
