// Runs the real clients against a server: `npm run test:clients [-- feast …]`. Each has an environment of Python of its own in
// .clients/, with the versions of tests/interop/clients/<client>.txt; it is made once.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { makePythonEnvironment } from "./python-environment.mjs";

const root = resolve(import.meta.dirname, "..");
const listed = join(root, "tests/interop/clients");
const known = readdirSync(listed)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => file.slice(0, -4));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no client is called ${unknown.join(", ")}; there is ${known.join(", ")}`);
  process.exit(1);
}
const clients = asked.length > 0 ? asked : known;
for (const client of clients) {
  makePythonEnvironment(join(root, ".clients", client), join(listed, `${client}.txt`));
}
const { status, error } = spawnSync(
  "npx",
  ["vitest", "run", "tests/interop/real-", "tests/interop/notebooks.test.ts"],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, CLIENTS: clients.join(",") },
  },
);
if (error) throw error;
process.exit(status ?? 1);
