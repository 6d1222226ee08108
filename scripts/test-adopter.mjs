// npm run test:adopter [-- <vitest's arguments>]: runs the tests as somebody would whose deployment is another: in a
// temporary clone of HEAD that serves the bank of tests/support/bank.ts, without anything of StreamFlow.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const clone = mkdtempSync(join(tmpdir(), "asof-adopter-"));
const inClone = (command, ...args) =>
  spawnSync(command, args, { cwd: clone, stdio: "inherit", env: { ...process.env, DATABASE_URL: "" } });

function must(command, ...args) {
  if (inClone(command, ...args).status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed in ${clone}`);
}

try {
  execFileSync("git", ["clone", "--quiet", "--shared", process.cwd(), clone]);
  symlinkSync(resolve("node_modules"), join(clone, "node_modules"));
  adopt();
  must("npm", "run", "--silent", "db:generate", "--", "baseline");
  must("npm", "run", "--silent", "schema:emit");
  process.exitCode = inClone("npx", "vitest", "run", ...process.argv.slice(2)).status ?? 1;
} finally {
  rmSync(clone, { recursive: true, force: true });
}

function adopt() {
  const bank = readFileSync(join(clone, "tests/support/bank.ts"), "utf8")
    .replaceAll('"../../src/definitions/', '"./')
    .replaceAll('"./delivery.js"', '"../../tests/support/delivery.js"');
  writeFileSync(join(clone, "src/definitions/bank.ts"), bank);
  writeFileSync(
    join(clone, "src/definitions/index.ts"),
    'export { bank as definitions } from "./bank.js";\n',
  );
  const { ofStreamFlow } = JSON.parse(readFileSync(join(clone, "tests/shipped.json"), "utf8"));
  const gone = ["src/definitions/streamflow.ts", "drizzle/streamflow", "schema.graphql", "data"];
  for (const path of [...gone, ...ofStreamFlow.map((test) => `tests/${test}`)])
    rmSync(join(clone, path), { recursive: true });
}
