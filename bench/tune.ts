/**
 * Quality per second of processor time of a search: trials drawn at random, each fitted on all training rows, against successive
 * halving over the same and over more trials. One thread, the same draws, in turns. `npm run bench:tune [-- <seeds>]`; it reads
 * the sample data of data/.
 */
import { bestOfRung, rungShares, survivors } from "../src/training/halving.js";
import { train } from "../src/training/pipeline.js";
import { drawTrials, resolveSpace } from "../src/training/search-space.js";
import type { TrainingData } from "../src/training/types.js";
import { readMonth } from "../tests/training/streamflow.js";
import { hardware, median } from "./support/measure.js";

const ALGORITHM = "GRADIENT_BOOSTING";
const METRIC = { name: "log_loss", better: "lower" } as const;
const TEST_FRACTION = 0.25;
const SEEDS = Number(process.argv[2] ?? 3);

interface Search {
  name: string;
  trials: number;
  halves: boolean;
}
const SEARCHES: Search[] = [
  { name: "random, 9 trials", trials: 9, halves: false },
  { name: "halving, 9 trials", trials: 9, halves: true },
  { name: "random, 18 trials", trials: 18, halves: false },
  { name: "halving, 27 trials", trials: 27, halves: true },
];

interface Found {
  cpuSeconds: number;
  outOfFold: number;
  heldOut: number;
}

function search(data: TrainingData, { trials, halves }: Search, searchSeed: number): Found {
  const started = process.cpuUsage();
  const drawn = drawTrials(ALGORITHM, resolveSpace(ALGORITHM, null), trials, searchSeed);
  const shares = halves ? rungShares(data.keys.length * (1 - TEST_FRACTION), trials) : [1];
  const trial = (number: number, share: number) =>
    train(
      data,
      {
        ...{ algorithm: ALGORITHM, params: drawn[number - 1]!, seed: 42, testFraction: TEST_FRACTION },
        ...{ share, reports: false },
      },
      () => {},
    );
  let going = drawn.map((_, k) => k + 1);
  for (const [rung, share] of shares.entries()) {
    const fits = going.map((number) => ({ number, metrics: trial(number, share).metrics }));
    const values = fits.map(({ number, metrics }) => ({ number, value: metrics.validation_log_loss! }));
    if (rung + 1 < shares.length) {
      going = survivors(values, METRIC);
      continue;
    }
    const best = bestOfRung(values, METRIC)!;
    const { metrics } = fits.find(({ number }) => number === best.number)!;
    const { user, system } = process.cpuUsage(started);
    return {
      cpuSeconds: (user + system) / 1e6,
      outOfFold: best.value!,
      heldOut: metrics.log_loss!,
    };
  }
  throw new Error("a search has a rung");
}

const data = readMonth("month_000");
console.log(hardware());
console.log(`${ALGORITHM}, ${data.keys.length} rows, log-loss, medians over ${SEEDS} seeds of the search\n`);
const found = new Map(SEARCHES.map(({ name }) => [name, [] as Found[]]));
for (let seed = 1; seed <= SEEDS; seed++) {
  for (const each of SEARCHES) found.get(each.name)!.push(search(data, each, seed));
}
console.log("| search | CPU s | out of fold | held out |\n|---|---|---|---|");
for (const [name, all] of found) {
  const of = (read: (one: Found) => number) => median(all.map(read));
  console.log(
    `| ${name} | ${of((one) => one.cpuSeconds).toFixed(1)} | ${of((one) => one.outOfFold).toFixed(5)} | ${of((one) => one.heldOut).toFixed(5)} |`,
  );
}
