// npm run test:distributed: XGBoost on Dask and on Spark as training commands, in a Python environment of its own. Spark needs Java 17.
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { makePythonEnvironment } from "./python-environment.mjs";

const root = resolve(import.meta.dirname, "..");
const environment = join(root, ".training");
makePythonEnvironment(environment, join(root, "examples/distributed/requirements.txt"));
const { status, error } = spawnSync("npx", ["vitest", "run", "tests/e2e/distributed.test.ts"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, TRAINING_PYTHON: join(environment, "bin/python") },
});
if (error) throw error;
process.exit(status ?? 1);
