// npm run test:changed [-- <base>]: the tests of what differs from main, committed or not. A changed test runs itself; a
// changed source runs tests/<its path>.test.ts, or the tests of the folder that mirrors its own and import it. What
// a change reaches through other sources is left to `npm test`.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).split("\n").filter(Boolean);
const [base] = git("merge-base", process.argv[2] ?? "main", "HEAD");
const changed = [
  ...git("diff", "--name-only", "--diff-filter=d", base),
  ...git("ls-files", "--others", "--exclude-standard"),
];

const files = readdirSync("tests", { recursive: true, encoding: "utf8" })
  .map((file) => join("tests", file))
  .filter((file) => file.endsWith(".ts"));
const tests = files.filter((file) => file.endsWith(".test.ts"));

/** By each test or helper, what it imports of this repository. */
const imported = new Map(
  files.map((file) => {
    const found = readFileSync(file, "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)\.js"/g);
    return [file, new Set([...found].map(([, path]) => `${join(dirname(file), path)}.ts`))];
  }),
);
const importers = (source) => tests.filter((test) => imported.get(test).has(source));

/** @returns the tests to run; those of other folders that import it, too, are left out */
function testsOf(source) {
  if (tests.includes(source)) return [source];
  const own = source.replace(/^src\/(.*)\.ts$/, "tests/$1.test.ts");
  if (own !== source && existsSync(own)) return [own];
  // A folder of one kind of records, like src/jobs/engine, may be tested in the one above.
  const within = (folder) => importers(source).filter((test) => test.startsWith(`${folder}/`));
  for (
    let folder = dirname(source.replace(/^src\//, "tests/"));
    folder !== "tests";
    folder = dirname(folder)
  ) {
    if (folder === ".") return [];
    if (within(folder).length > 0) return within(folder);
  }
  return [];
}

const sources = changed.filter((file) => /^(src|tests)\/.*\.ts$/.test(file));
const chosen = new Set(sources.flatMap(testsOf));
for (const source of sources) {
  const left = importers(source).filter((test) => !chosen.has(test));
  if (testsOf(source).length === 0 && left.length === 0) console.log(`${source}: no test imports it`);
  if (left.length > 0) console.log(`${source}: left out, import it: ${left.join(" ")}`);
}
for (const file of changed.filter((each) => !sources.includes(each)))
  console.log(`${file}: has no tests by name`);
if (chosen.size === 0) {
  console.log("nothing to run; everything is run by npm test");
  process.exit(0);
}
console.log(`runs ${[...chosen].join(" ")}`);
process.exit(spawnSync("npx", ["vitest", "run", ...chosen], { stdio: "inherit" }).status ?? 1);
