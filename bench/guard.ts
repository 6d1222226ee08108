/**
 * npm run bench:guard -- [commit] [--users 10000] [--minutes 4]: what this commit costs beside another one, some
 * twenty figures of serving, ingest, join, training, start and rest, by CPU and memory of all processes of asof and PostgreSQL. Each commit is
 * built in a worktree with a home of its own; both run, and are measured in turns, through their public interfaces.
 * Without a commit: what the branch began from, or the commit before. Ends with 1 where a figure is more than a tenth
 * worse. Linux only.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkOut, commitOf, defaultBase, hasChanges } from "./guard/checkout.js";
import { FIGURES, type Figure, putIntoService, type Round, START, seedRuns } from "./guard/figures.js";
import { endProcessesIn } from "./guard/processes.js";
import { Side } from "./guard/side.js";
import { Table } from "./guard/table.js";
import { writeMonth } from "./support/delivery.js";
import { hardware } from "./support/measure.js";

/** Fewer do not say what is noise. */
const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 12;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { users: { type: "string", default: "10000" }, minutes: { type: "string", default: "4" } },
});
const users = Number(values.users);
const parent = mkdtempSync(join(tmpdir(), "asof-guard-"));
chmodSync(parent, 0o755);
const base = checkOut(positionals[0] ? commitOf(positionals[0]) : defaultBase(), parent, "base");
const here = checkOut(commitOf("HEAD"), parent, "here");
const dataDir = join(parent, "data");
const sides = { base: new Side(base, dataDir), here: new Side(here, dataDir) };
const table = new Table();

let cleaned: Promise<void> | undefined;
const clean = (): Promise<void> => {
  cleaned ??= (async () => {
    await Promise.all([sides.base.stop(), sides.here.stop()].map((stopped) => stopped.catch(() => {})));
    for (const checkout of [base, here]) await endProcessesIn(checkout.places());
    for (const checkout of [base, here]) checkout.remove();
    rmSync(parent, { recursive: true, force: true });
  })();
  return cleaned;
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    console.error(`${signal}: stopping what was started and removing it`);
    if (!cleaned) table.print();
    void clean().then(() => process.exit(130));
  });
}

try {
  if (hasChanges()) console.log("Changes that are not committed are not measured.");
  console.log(`base: ${base.subject}\nhere: ${here.subject}\n${hardware()}, ${users} users\n`);
  for (const checkout of [base, here]) await checkout.build();
  await prepare();
  await measure();
  process.exitCode = table.print() ? 1 : 0;
} catch (error) {
  if (!cleaned) {
    console.error(error);
    process.exitCode = 2;
  }
} finally {
  await clean();
}

/** Month ends from 2015 on: none is in the future. */
function roundOf(number: number): Round {
  const asOf = new Date(Date.UTC(2015, number + 1, 0)).toISOString().slice(0, 10);
  const named = { delivery: asOf, changed: `${asOf}-changed`, corrected: `${asOf}-corrected` };
  return { number, users, asOf, ...named, share: 1 };
}

async function writeRound({ number, asOf, changed, corrected }: Round): Promise<void> {
  const month = (user: number) => 2 * number + (user % 4 === 0 ? 1 : 0);
  await writeMonth(dataDir, asOf, users, 2 * number);
  await writeMonth(dataDir, changed, users, month);
  await writeMonth(dataDir, corrected, users, month);
  const other = (user: number) => (user % 100 === 0 ? 2 * number + 50 : month(user));
  await writeMonth(dataDir, corrected, users, other, ["payments_agg_90d"]);
}

/** One month, a model in Production and some runs; then both are stopped, so that a round begins with their start. */
async function prepare(): Promise<void> {
  const first = roundOf(0);
  await writeRound(first);
  for (const side of Object.values(sides)) {
    await side.start();
    await side.client.ingest(first.delivery, first.asOf);
    await putIntoService(side, first.asOf);
    await seedRuns(side, 200);
    await side.stop();
  }
}

async function measure(): Promise<void> {
  const until = Date.now() + Number(values.minutes) * 60_000;
  for (let number = 1; number <= MOST_ROUNDS; number++) {
    if (number > LEAST_ROUNDS && Date.now() > until) break;
    const round = roundOf(number);
    await writeRound(round);
    // ABBA: what the machine does meanwhile is for both.
    const order = number % 2 ? (["base", "here"] as const) : (["here", "base"] as const);
    for (const name of order) await figure(START, name, round);
    for (const name of order) await warm(name, round);
    for (const one of FIGURES) for (const name of order) await figure(one, name, round);
    for (const name of order) await sides[name].stop();
    console.log(`round ${number}, load average ${loadavg()[0]!.toFixed(1)}`);
  }
}

/** What a process compiles while it serves its first requests is not what they cost. */
async function warm(name: keyof typeof sides, round: Round): Promise<void> {
  for (const one of FIGURES)
    if (one.unit === "µs")
      await one.run(sides[name], { ...round, number: 1_000 + round.number, share: 0.25 });
}

async function figure(one: Figure, name: keyof typeof sides, round: Round): Promise<void> {
  try {
    let count = 1;
    const seconds = await sides[name].cpuOf(async () => {
      count = await one.run(sides[name], round);
    });
    table.add(one, name, round.number, one.unit === "MB" ? count : seconds / count);
  } catch (error) {
    if (one === START) throw error;
    table.fail(one, name, error);
  }
}
