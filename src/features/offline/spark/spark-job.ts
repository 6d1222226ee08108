/** What `spark-submit` runs: the statements of a specification, one after the other; their rows as Parquet, in order. */
export const SPARK_JOB = `
import json, os, sys, threading, time
from pyspark.sql import SparkSession

folder = sys.argv[1]
with open(os.path.join(folder, "spec.json")) as file:
    spec = json.load(file)

def leave_with_whoever_began_it():
    alive = os.path.join(folder, "alive")
    while True:
        try:
            silent = time.time() - os.stat(alive).st_mtime
        except OSError:
            silent = spec["silenceSeconds"] + 1
        if silent > spec["silenceSeconds"]:
            os._exit(75)
        time.sleep(1)

threading.Thread(target=leave_with_whoever_began_it, daemon=True).start()

spark = SparkSession.builder.appName(spec["name"]).getOrCreate()
try:
    for name, paths in spec["files"].items():
        spark.read.parquet(*paths).createOrReplaceTempView(name)
    for step in spec["steps"]:
        rows = spark.sql(step["sql"])
        if step["isReused"]:
            rows = rows.persist()
        rows.createOrReplaceTempView(step["name"])
    spark.sql(spec["result"]).write.mode("overwrite").parquet(spec["out"])
except Exception as error:
    # What follows in the log, of Spark's own end, is longer than what is kept of it.
    with open(os.path.join(folder, "error"), "w") as file:
        file.write(str(error))
    raise
spark.stop()
`;
