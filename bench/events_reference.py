"""The windows of bench/events.ts by pandas, of the files it wrote; prints its figures as one line of JSON.

python events_reference.py FOLDER AS_OF RESULT
Needs pandas and pyarrow. Reads the customer and the channel as categories, as one who knows pandas would, and measures the
reading and the aggregation apart. Writes the rows of `totals` to RESULT, in the order of the customers.
"""

import glob
import json
import resource
import sys
import time

import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv

folder, as_of, result = sys.argv[1:4]


def now():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def read():
    words = pa.dictionary(pa.int32(), pa.string())
    types = {"customer_id": words, "channel": words, "order_no": pa.int32(), "items": pa.int32(),
             "dollars": pa.float64(), "ordered_at": pa.timestamp("ms", "UTC")}
    options = csv.ConvertOptions(column_types=types, true_values=["True"], false_values=["False"])
    parts = [csv.read_csv(file, convert_options=options) for file in sorted(glob.glob(f"{folder}/*/orders.csv"))]
    table = pa.concat_tables(parts).unify_dictionaries()
    return table.to_pandas(self_destruct=True)


def aggregate(orders):
    end = pd.Timestamp(as_of, tz="UTC") + pd.Timedelta(days=1)
    orders = orders[(orders.ordered_at < end) & ~orders.cancelled]
    orders = orders.sort_values(["ordered_at", "order_no"], kind="stable")
    by = {"observed": True, "sort": True}
    every = orders.groupby("customer_id", **by)
    recent_orders = orders[orders.ordered_at >= end - pd.Timedelta(days=90)]
    recent = recent_orders.groupby("customer_id", **by)
    web = recent_orders[recent_orders.channel == "web"].groupby("customer_id", **by)
    totals = every.agg(
        spend_all=("dollars", "sum"), items_all=("items", "sum"), mean_basket=("dollars", "mean"),
        deviation=("dollars", "std"), least=("dollars", "min"), last_order=("ordered_at", "max"))
    totals["last_order"] = (end - pd.Timedelta(days=1) - totals.last_order.dt.floor("D")).dt.days
    totals["spend_90d"] = recent.dollars.sum()
    totals["orders_90d"] = recent.size()
    totals["web_90d"] = web.size()
    totals["large_all"] = orders[orders.dollars >= 500].groupby("customer_id", **by).size()
    totals = totals.fillna({"spend_90d": 0, "orders_90d": 0, "web_90d": 0, "large_all": 0})
    sequences = every.agg(
        channels=("channel", "nunique"), first_channel=("channel", "first"), last_items=("items", "last"))
    return totals.sort_index(), sequences


start = now()
orders = read()
have_read = now()
totals, sequences = aggregate(orders)
end = now()
columns = ["spend_90d", "spend_all", "items_all", "orders_90d", "web_90d", "large_all", "mean_basket", "deviation",
           "least", "last_order"]
totals.index = totals.index.astype(str)
totals.sort_index()[columns].to_csv(result, header=False)
print(json.dumps({
    "version": pd.__version__, "rows": len(orders),
    "readWall": have_read[0] - start[0], "readCpu": have_read[1] - start[1],
    "wall": end[0] - have_read[0], "cpu": end[1] - have_read[1],
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
