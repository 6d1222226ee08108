"""Fills the online store of a Feast project with the rows of asof's delivery: <project> <folder of CSV files> <date> <views>.

The project has asof's own registry; <views> is JSON, {view: {"source": …, "key": …, "features": […]}}.
"""

import json
import sys

import pandas
from feast import FeatureStore

project, folder, date, views = sys.argv[1:]
store = FeatureStore(project)
for name, view in json.loads(views).items():
    frame = pandas.read_csv(f"{folder}/{view['source']}.csv", dtype={view["key"]: str}, usecols=[view["key"], *view["features"]])
    # Empty cells are missing, of flags and whole numbers too.
    frame = frame.convert_dtypes(convert_string=False).astype(object).where(frame.notna(), None)
    store.write_to_online_store(name, df=frame.assign(event_timestamp=pandas.Timestamp(date, tz="UTC")))
