/**
 * npm run bench:training -- [rows=7000] [rounds=5] [threads=1,2] [learners=boosting,forest,logistic] [trees]:
 * fit time, memory and AUC of asof's learners against scikit-learn, XGBoost and LightGBM on the same generated rows with the
 * same trees and leaves, in turns, each fit in a process of its own; ours as built JavaScript. Each round has rows of its
 * own seed, so that AUCs are compared in pairs. BENCH_PYTHON names a Python with numpy, scikit-learn, xgboost and lightgbm.
 * AUC is taken on 100 000 other rows. Trees: 100 of boosting, 300 of a forest.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hardware, median } from "./support/measure.js";
import { generateRows } from "./support/training-rows.js";

const [rows, rounds] = [Number(process.argv[2] ?? 7_000), Number(process.argv[3] ?? 5)];
const threadCounts = (process.argv[4] ?? "1,2").split(",").map(Number);
const kinds = (process.argv[5] ?? "boosting,forest,logistic").split(",");
const asked = process.argv[6] ? Number(process.argv[6]) : undefined;
const TEST_ROWS = 100_000;

interface Contest {
  trees: number;
  leaves: number;
  /** Ours first. */
  learners: string[];
}
const CONTESTS: Record<string, Contest> = {
  boosting: {
    trees: asked ?? 100,
    leaves: 31,
    learners: ["asof_gradient_boosting", "lightgbm_gbdt", "xgboost_hist", "hist_gradient_boosting"],
  },
  forest: { trees: asked ?? 300, leaves: 256, learners: ["asof_random_forest", "random_forest"] },
  logistic: { trees: 0, leaves: 0, learners: ["asof_logistic_regression", "logistic_regression"] },
};

interface Fit {
  wall: number;
  cpu: number;
  auc: number;
  /** Used, of those allowed. */
  threads: number;
  /** Of the process when the fit ended, the rows included. */
  peakMegabytes: number;
}
const root = join(import.meta.dirname, "..");
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "asof-bench-"));

async function fitOnce(learner: string, threads: number, { trees, leaves }: Contest): Promise<Fit> {
  const figures = [folder, rows, TEST_ROWS, threads, trees, leaves].map(String);
  const [command, script] = learner.startsWith("asof_")
    ? [process.execPath, join(root, ".bench-dist/bench/support/training-fit.js")]
    : [process.env.BENCH_PYTHON ?? "python3", join(root, "bench/training_reference.py")];
  const env = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
  const { stdout } = await run(command, [script, learner, ...figures], { env });
  const answer = stdout.trim().split("\n").at(-1)!;
  console.error(learner, threads, answer);
  return JSON.parse(answer) as Fit;
}

function writeRows(round: number): void {
  for (const [name, count, seed] of [
    ["train", rows, 2 * round + 1] as const,
    ["test", TEST_ROWS, 2 * round + 2] as const,
  ]) {
    const { values, labels } = generateRows(count, seed, false);
    writeFileSync(join(folder, `${name}.values`), new Uint8Array(values.buffer));
    writeFileSync(join(folder, `${name}.labels`), labels);
  }
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of our AUC less the other's, over the rounds: the mean and its standard error. */
function lead(ours: Fit[], others: Fit[]): string {
  const leads = ours.map(({ auc }, round) => auc - others[round]!.auc);
  if (leads.length === 1) return mean(leads).toFixed(5);
  const variance = leads.reduce((sum, value) => sum + (value - mean(leads)) ** 2, 0) / (leads.length - 1);
  return `${mean(leads).toFixed(5)} ± ${Math.sqrt(variance / leads.length).toFixed(5)}`;
}

function print(contest: Contest, fits: Map<string, Fit[]>): void {
  for (const threads of threadCounts) {
    const ours = fits.get(`${contest.learners[0]} ${threads}`)!;
    for (const learner of contest.learners) {
      const all = fits.get(`${learner} ${threads}`)!;
      const walls = all.map(({ wall }) => wall);
      const used = all[0]!.threads === threads ? "" : ` (took ${all[0]!.threads})`;
      const cells = [
        `${learner}`,
        `${threads}${used}`,
        `${median(walls).toFixed(3)} (${walls.map((wall) => wall.toFixed(2)).join(" ")})`,
        median(all.map(({ cpu }) => cpu)).toFixed(3),
        Math.max(...all.map(({ peakMegabytes }) => peakMegabytes)).toFixed(0),
        mean(all.map(({ auc }) => auc)).toFixed(4),
        all === ours ? "" : lead(ours, all),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
}

const load = () =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(" ");

try {
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${hardware()}; ${date}; npm run bench:training -- ${process.argv.slice(2).join(" ")}`);
  console.log(`load ${load()}\n`);
  const fits = new Map<string, Fit[]>();
  for (let round = 0; round < rounds; round++) {
    writeRows(round);
    for (const kind of kinds) {
      for (const threads of threadCounts) {
        for (const learner of CONTESTS[kind]!.learners) {
          const key = `${learner} ${threads}`;
          fits.set(key, [...(fits.get(key) ?? []), await fitOnce(learner, threads, CONTESTS[kind]!)]);
        }
      }
    }
  }
  const title = `${rows} rows, ${rounds} seeds`;
  console.log(`| ${title} | threads | wall s, median (all) | CPU s, median | peak MB | auc | asof's lead |`);
  console.log("|---|---|---|---|---|---|---|");
  for (const kind of kinds) print(CONTESTS[kind]!, fits);
  console.log(`\nload at the end ${load()}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
