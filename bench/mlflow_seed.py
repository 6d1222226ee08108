"""Fills the database of MLflow's own server with the runs that bench/mlflow.ts gives asof: <file> <experiment> <runs>."""
import sqlite3
import sys
import uuid

file, experiment, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
START = 1_700_000_000_000
FLOATS = ["auc", "f1", "loss", "precision", "recall"]

db = sqlite3.connect(file)
db.execute("PRAGMA synchronous = OFF")


def insert(table, rows):
    rows = list(rows)
    columns = rows[0].keys()
    names, places = ", ".join(columns), ", ".join(f":{column}" for column in columns)
    db.executemany(f"insert into {table} ({names}) values ({places})", rows)


for start in range(0, count, 10_000):
    ids = {i: uuid.uuid4().hex for i in range(start, min(start + 10_000, count))}
    insert(
        "runs",
        (
            {
                "run_uuid": run, "name": f"run {i}", "source_type": "UNKNOWN", "source_name": "", "entry_point_name": "",
                "user_id": "bench", "status": "FINISHED", "start_time": START + i * 1000, "end_time": START + i * 1000 + 500,
                "source_version": "", "lifecycle_stage": "active", "artifact_uri": f"mlflow-artifacts:/{experiment}/{run}/artifacts",
                "experiment_id": experiment,
            }
            for i, run in ids.items()
        ),
    )
    for table in ("metrics", "latest_metrics"):
        insert(
            table,
            (
                {"key": key, "value": (i * (7919 + k) % 100_003) / 100_003, "timestamp": START + i * 1000, "step": 0,
                 "is_nan": False, "run_uuid": run}
                for i, run in ids.items()
                for k, key in enumerate(FLOATS)
            ),
        )
    insert(
        "params",
        ({"key": f"p{k}", "value": str((i * (k + 3)) % 50), "run_uuid": run} for i, run in ids.items() for k in range(5)),
    )
    tags = lambda i: {"mlflow.runName": f"run {i}", "team": f"team {i % 20}", "rare": f"rare {i // 20_000}" if i % 20_000 == 0 else "none"}
    insert(
        "tags",
        ({"key": key, "value": value, "run_uuid": run} for i, run in ids.items() for key, value in tags(i).items()),
    )
    db.commit()
db.close()
