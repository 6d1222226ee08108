// The definitions that asof comes with, and two commands that train outside of it. ASOF_DEFINITIONS=examples/distributed/deployment.ts
import { fileURLToPath } from "node:url";
import { createAsof } from "asof";
import { definitions } from "../../src/definitions/index.js";

/** Of the environment that requirements.txt was installed in. */
const python = process.env.TRAINING_PYTHON ?? "python3";
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export default createAsof({
  definitions,
  trainingCommands: [
    {
      name: "xgboost_dask",
      description: "XGBoost on Dask.",
      command: [python, here("train_dask.py")],
      inherits: ["DASK_SCHEDULER_ADDRESS"],
      variables: { PYTHONDONTWRITEBYTECODE: "1" },
      timeLimitSeconds: 3_600,
    },
    {
      name: "xgboost_spark",
      description: "XGBoost on Spark.",
      command: [python, here("train_spark.py")],
      inherits: ["SPARK_MASTER", "SPARK_LOCAL_IP", "JAVA_HOME"],
      // Executors take the system's Python unless they are told.
      variables: { PYSPARK_PYTHON: python, PYTHONDONTWRITEBYTECODE: "1" },
      timeLimitSeconds: 3_600,
    },
  ],
});
