// npm run test:engines: the engines over the lake, Spark too, in a Python environment of its own. Spark needs Java 17.
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { makePythonEnvironment } from "./python-environment.mjs";

const root = resolve(import.meta.dirname, "..");
const environment = join(root, ".engines");
makePythonEnvironment(environment, join(root, "tests/support/engines-requirements.txt"));
const { status, error } = spawnSync(
  "npx",
  ["vitest", "run", "tests/features/offline/lake", "tests/features/offline/spark-submit.test.ts"],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      SPARK_SUBMIT: join(environment, "bin/spark-submit"),
      // Executors take the system's Python unless they are told.
      PYSPARK_PYTHON: join(environment, "bin/python"),
      SPARK_LOCAL_IP: "127.0.0.1",
    },
  },
);
if (error) throw error;
process.exit(status ?? 1);
