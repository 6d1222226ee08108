import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { endWithThis } from "./end-with-this.js";

const PROGRAM = join(import.meta.dirname, "spark_session.py");

export interface SparkSession {
  /** In place of spark-submit: jobs are run one after the other by the one session. */
  submit: string;
  stop(): Promise<void>;
}

/**
 * One session of Spark for the jobs of many cases. Jobs are the product's own, and so is each's SQL and its settings of SQL;
 * what starting them by spark-submit is like has tests of its own.
 * @param folder is there, and is whoever asks' to remove
 */
export async function startSparkSession(sparkSubmit: string, folder: string): Promise<SparkSession> {
  const socket = join(folder, "session");
  const settings = [
    ...["spark.ui.enabled=false", "spark.driver.memory=1g"],
    // Small cases of many statements: else most of the time is that of compilers, and each join is of 200 tasks.
    ...["spark.sql.shuffle.partitions=1", "spark.sql.codegen.wholeStage=false"],
    "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1",
  ];
  const options = ["--master", "local[2]", ...settings.flatMap((setting) => ["--conf", setting])];
  const child = spawn(sparkSubmit, [...options, PROGRAM, "serve", socket], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  endWithThis(child);
  const [said] = await Promise.race([
    once(createInterface(child.stdout!), "line"),
    once(child, "exit").then(([code]) => [`ended with ${code}`]),
  ]);
  if (said !== "listening") throw new Error(`the session of Spark does not listen: ${said}`);
  const submit = join(folder, "submit");
  const python = process.env.PYSPARK_PYTHON ?? "python3";
  await writeFile(submit, `#!/bin/sh\nexec "${python}" "${PROGRAM}" submit "${socket}" "$@"\n`);
  await chmod(submit, 0o700);
  return {
    submit,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
