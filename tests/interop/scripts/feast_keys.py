"""Reads and pushes values of a key of several columns by Feast's SDK; prints as JSON what it got.

Takes the address of a Feast server, and its token as ASOF_TOKEN, where it asks for one.
"""

import datetime
import json
import os
import sys
import tempfile
from pathlib import Path

import pandas
import requests
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, PushSource, ValueType
from feast.types import Float64, String

address = sys.argv[1]
token = os.environ.get("ASOF_TOKEN")
BIG = 9007199254740993
ROWS = [
    {"bank": "a:b", "account_no": 1},
    {"bank": "acme", "account_no": str(BIG)},
    {"bank": "bank", "account_no": 27},
    {"bank": "nobody", "account_no": 1},
]
FEATURES = ["profile:balance", "profile:segment"]


def store_with(registry):
    """A project of its own; with the bytes of a registry, or none."""
    folder = Path(tempfile.mkdtemp(prefix="feast-"))
    auth = "auth: {type: oidc, token_env_var: ASOF_TOKEN}\n" if token else ""
    (folder / "feature_store.yaml").write_text(
        f"project: asof\nprovider: local\nregistry: registry.db\nonline_store:\n  type: remote\n  path: {address}\n{auth}"
    )
    if registry:
        (folder / "registry.db").write_bytes(registry)
    return FeatureStore(folder)


def push(store, key, balance, segment):
    """One row by each way that a client pushes, and what is read then."""
    at = pandas.Timestamp("2024-02-10", tz="UTC")
    frame = pandas.DataFrame([{**key, "event_timestamp": at, "balance": balance - 1, "segment": "x"}])
    store.push("profile_push", frame)
    store.write_to_online_store("profile", df=frame.assign(balance=balance, segment=segment))
    read = store.get_online_features(FEATURES, [{**key, "account_no": str(key["account_no"])}]).to_dict()
    return [read["balance"][0], read["segment"][0]]


def refusal(store, row):
    try:
        store.get_online_features(FEATURES, [row])
    except Exception as error:
        return str(error)
    return "it was answered"


headers = {"authorization": f"Bearer {token}"} if token else {}
theirs = store_with(requests.get(f"{address}/registry.db", headers=headers).content)

own = store_with(None)
bank = Entity(name="bank", join_keys=["bank"], value_type=ValueType.STRING)
account = Entity(name="account", join_keys=["account_no"], value_type=ValueType.INT64)
profile = FeatureView(
    name="profile",
    entities=[bank, account],
    ttl=datetime.timedelta(0),
    source=PushSource(name="profile_push", batch_source=FileSource(path="none.parquet", timestamp_field="event_timestamp")),
    schema=[Field(name="balance", dtype=Float64), Field(name="segment", dtype=String)],
)
own.apply([bank, account, profile, FeatureService(name="risk", features=[profile])])

columns = {name: [row[name] for row in ROWS] for name in ("bank", "account_no")}
[view] = theirs.list_feature_views()
print(
    json.dumps(
        {
            "entities": {entity.name: entity.join_key for entity in theirs.list_entities()},
            "join_keys": sorted(view.join_keys),
            "by_service": theirs.get_online_features(theirs.get_feature_service("risk"), ROWS).to_dict(),
            "by_reference": theirs.get_online_features(FEATURES, ROWS).to_dict(),
            "by_columns": theirs.get_online_features(FEATURES, columns).to_dict(),
            "full_names": theirs.get_online_features(FEATURES[:1], ROWS, full_feature_names=True).to_dict(),
            "own_definitions": own.get_online_features(own.get_feature_service("risk"), ROWS).to_dict(),
            "pushed": {
                "asof's": [push(theirs, {"bank": "acme", "account_no": BIG}, 1.5, "c")],
                "own": [push(own, {"bank": "a:b", "account_no": 1}, 2.5, "d")],
            },
            "refused": {
                "a number of more digits than a double has": refusal(theirs, {"bank": "acme", "account_no": BIG}),
                "one column of two": refusal(theirs, {"bank": "acme"}),
                "text for a number": refusal(theirs, {"bank": "acme", "account_no": "x"}),
            },
        }
    )
)
