"""Reads a folder of an export with one line each of DuckDB, Polars and pyarrow; prints as JSON what each found."""

import json
import sys

import duckdb
import polars
import pyarrow.parquet

folder = sys.argv[1]

by_duckdb = duckdb.sql(f"from read_parquet('{folder}/*/*.parquet', hive_partitioning = true)")
by_polars = polars.scan_parquet(f"{folder}/", hive_partitioning=True).collect()
by_pyarrow = pyarrow.parquet.read_table(folder)


def counted(rows):
    return {str(as_of): count for as_of, count in sorted(rows, key=lambda row: str(row[0]))}


def keys(values):
    return sorted(str(value) for value in values)


print(
    json.dumps(
        {
            "duckdb": {
                "rows": counted(by_duckdb.aggregate("as_of, count(*)").fetchall()),
                "as_of": str(dict(zip(by_duckdb.columns, by_duckdb.types))["as_of"]),
                "columns": sorted(by_duckdb.columns),
                "keys": keys(row[0] for row in by_duckdb.select("user_id").distinct().fetchall()),
                "one": duckdb.sql(
                    f"select count(*) from read_parquet('{folder}/*/*.parquet', hive_partitioning = true) where as_of = date '2024-02-29'"
                ).fetchall()[0][0],
            },
            "polars": {
                "rows": counted(by_polars.group_by("as_of").len().rows()),
                "as_of": str(by_polars.schema["as_of"]),
                "columns": sorted(by_polars.columns),
                "keys": keys(by_polars["user_id"].unique()),
            },
            "pyarrow": {
                "rows": counted(
                    (row["as_of"], row["user_id_count"])
                    for row in by_pyarrow.group_by("as_of").aggregate([("user_id", "count")]).to_pylist()
                ),
                "columns": sorted(by_pyarrow.column_names),
                "keys": keys(by_pyarrow["user_id"].unique().to_pylist()),
            },
        }
    )
)
