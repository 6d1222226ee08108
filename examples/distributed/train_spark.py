"""XGBoost on Spark. SPARK_MASTER names the cluster; without it two executors are started here."""

import os

from asof_training import Training
from pyspark.sql import SparkSession
from pyspark.sql.functions import col
from xgboost.spark import SparkXGBClassifier


def main():
    training = Training()
    master = os.environ.get("SPARK_MASTER", f"local-cluster[{training.workers},1,1024]")
    spark = (
        SparkSession.builder.appName("asof training")
        .master(master)
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    rows = spark.read.parquet(*training.files).where(~col(training.held_out))
    numbers = [col(name).cast("float").alias(name) for name in training.features]
    rows = rows.select(*numbers, col(training.label).cast("int").alias("label"))
    params = {name: value for name, value in training.params.items() if name not in ("objective", "seed")}
    learner = SparkXGBClassifier(
        features_col=training.features,
        label_col="label",
        num_workers=training.workers,
        n_estimators=training.rounds,
        random_state=training.params["seed"],
        missing=float("nan"),
        **params,
    )
    booster = learner.fit(rows).get_booster()
    print(f"trained by {training.workers} tasks on {master}")
    spark.stop()
    training.write(booster, {})


if __name__ == "__main__":
    main()
