# %% [markdown]
# # Features with Feast, served by asof
# A Feast client reads from asof as it reads from `feast serve`: `feature_store.yaml` names the address, and asof hands out the
# registry. Needs `pip install -r tests/interop/clients/feast.txt`, and an asof as `npm run demo` leaves it. `ASOF_TOKEN` is left
# out where asof is open.

# %%
import io
import os
import tempfile
from pathlib import Path

import pandas
import requests
from feast import FeatureStore

ASOF = os.environ.get("ASOF_URL", "http://localhost:4000")
TOKEN = os.environ.get("ASOF_TOKEN")
asof = requests.Session()
if TOKEN:
    asof.headers["authorization"] = f"Bearer {TOKEN}"

# %% [markdown]
# ## A project
# Two files: the definitions as asof has them, and where to ask. No `feast apply`, no store of its own.

# %%
project = Path(tempfile.mkdtemp(prefix="feast-"))
(project / "registry.db").write_bytes(asof.get(f"{ASOF}/feast/registry.db").content)
(project / "feature_store.yaml").write_text(f"""
project: asof
provider: local
registry: registry.db
online_store:
  type: remote
  path: {ASOF}/feast
""" + ("auth: {type: oidc, token_env_var: ASOF_TOKEN}" if TOKEN else ""))

store = FeatureStore(project)
for view in store.list_feature_views():
    print(view.name, {field.name: str(field.dtype) for field in view.features})

# %% [markdown]
# ## Features as they are now
# All features of a service, or some by `view:feature`. A user whom nobody knows has empty values, as in Feast.

# %%
USERS = ["8627-ZYGSZ", "9088-YVPER", "1153-UKSWJ"]
rows = [{"user_id": user} for user in USERS]
now = store.get_online_features(store.get_feature_service("churn"), rows).to_df()
print(now.set_index("user_id").T)
assert list(now["user_id"]) == USERS and now.shape == (3, 15)

TICKETS = "support_agg_90d:support_tickets_90d"


def tickets_of(*users):
    asked = [{"user_id": user} for user in users]
    return store.get_online_features([TICKETS], asked).to_dict()["support_tickets_90d"]


assert tickets_of("nobody", USERS[0]) == [None, now.loc[0, "support_tickets_90d"]]

# %% [markdown]
# ## Push
# Three tickets come in after the newest extract. What is pushed is served at once, and it is what the model sees.


# %%
def predict(user):
    return asof.post(f"{ASOF}/predict", json={"user_id": user}).json()


def push(at, tickets):
    frame = pandas.DataFrame(
        {"user_id": [USERS[0]], "event_timestamp": [at], "support_tickets_90d": [tickets], "ticket_avg_resolution_hrs_90d": [20.0]}
    )
    store.push("support_agg_90d_push", frame)


before, [tickets] = predict(USERS[0]), tickets_of(USERS[0])
push(pandas.Timestamp.now("UTC"), tickets + 3)
after = predict(USERS[0])
print(f"{tickets} tickets: {before['probability']:.4f}, {tickets + 3} tickets: {after['probability']:.4f}")
assert tickets_of(USERS[0]) == [tickets + 3]
assert after["features_used"]["support_tickets_90d"] == tickets + 3

# %% [markdown]
# An older row never replaces a newer one.

# %%
push(pandas.Timestamp("2024-03-01", tz="UTC"), 0)
assert tickets_of(USERS[0]) == [tickets + 3]

# %% [markdown]
# ## Features as they were
# `get_historical_features` reads files on the client's side. asof joins keys and dates itself, in one request: what held on
# each row's date, whatever came later.

# %%
asked = pandas.DataFrame({"user_id": USERS * 2, "as_of": ["2024-01-31"] * 3 + ["2024-02-29"] * 3})
answer = asof.post(
    f"{ASOF}/historical-features",
    params={"service": "churn"},
    headers={"content-type": "text/csv"},
    data=asked.to_csv(index=False),
)
answer.raise_for_status()
history = pandas.read_parquet(io.BytesIO(answer.content))
print(history[["user_id", "as_of", "watch_hours_30d", "support_tickets_90d"]])
assert list(history["user_id"]) == list(asked["user_id"])
