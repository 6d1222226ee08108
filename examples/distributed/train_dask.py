"""XGBoost on Dask. DASK_SCHEDULER_ADDRESS names a cluster; without it workers are started here."""

import os
from contextlib import nullcontext

import dask.dataframe as dd
import pandas as pd
import pyarrow.parquet as pq
from asof_training import Training, matrix
from dask.distributed import Client, LocalCluster
from xgboost import dask as dxgb


def load(part, columns, held_out):
    """The rows of a part that are trained from."""
    path, group, k, slices = part
    table = pq.ParquetFile(path).read_row_group(group, columns=[*columns, held_out])
    size = -(-table.num_rows // slices)
    table = table.slice(k * size, size)
    rows = matrix(table, columns)[~table[held_out].to_numpy()]
    return pd.DataFrame(rows, columns=columns)


def main():
    training = Training()
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    local = {
        "n_workers": training.workers,
        "threads_per_worker": 1,
        "host": "127.0.0.1",
        "dashboard_address": None,
    }
    with nullcontext(address) if address else LocalCluster(**local) as cluster, Client(cluster) as client:
        client.wait_for_workers(training.workers)
        columns = [*training.features, training.label]
        meta = pd.DataFrame(columns=columns, dtype="float32")
        rows = dd.from_map(load, training.parts(), columns=columns, held_out=training.held_out, meta=meta)
        data = dxgb.DaskDMatrix(client, rows[training.features], rows[training.label])
        trained = dxgb.train(
            client, training.params, data, num_boost_round=training.rounds, evals=[(data, "train")], verbose_eval=50
        )
        used = len(client.scheduler_info()["workers"])
        print(f"trained on {used} workers from {data.num_col()} features")
        loss = trained["history"]["train"]["logloss"][-1]
        training.write(trained["booster"], {"train_logloss": loss})


if __name__ == "__main__":
    main()
