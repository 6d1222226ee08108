# %% [markdown]
# # Train with MLflow, serve with asof
# Any MLflow script works: one environment variable is changed. Needs `pip install -r tests/interop/clients/mlflow3.txt`, and an
# asof with one labelled snapshot, as `npm run demo` leaves it. `ASOF_TOKEN` is left out where asof is open.

# %%
import io
import os
import time

import mlflow
import numpy
import onnxruntime
import pandas
import requests
from skl2onnx import to_onnx
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ASOF = os.environ.get("ASOF_URL", "http://localhost:4000")
TOKEN = os.environ.get("ASOF_TOKEN")
HEADERS = {"authorization": f"Bearer {TOKEN}"} if TOKEN else {}
if TOKEN:
    os.environ["MLFLOW_TRACKING_TOKEN"] = TOKEN
mlflow.set_tracking_uri(f"{ASOF}/mlflow")


def graphql(query, **variables):
    answer = requests.post(f"{ASOF}/graphql", json={"query": query, "variables": variables}, headers=HEADERS).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


# %% [markdown]
# ## The rows
# An export holds the features of a date as they were then, with their labels. Those that asof judges on are left out.

# %%
FEATURES = ["months_active", "support_tickets_90d", "ticket_avg_resolution_hrs_90d"]
as_of = graphql("{ snapshots(first: 1) { nodes { asOf } } }")["snapshots"]["nodes"][0]["asOf"]
run = graphql(
    "mutation($input: ExportTrainingSetInput!) { exportTrainingSet(input: $input) { id } }",
    input={"asOfFrom": as_of, "features": FEATURES, "formats": ["CSV"]},
)["exportTrainingSet"]["id"]
while True:
    export = graphql("query($id: ID!) { run(id: $id) { status artifacts { name url } } }", id=run)["run"]
    if export["status"] not in ("QUEUED", "RUNNING"):
        break
    time.sleep(0.2)
url = next(each["url"] for each in export["artifacts"] if each["name"].endswith(".csv"))
rows = pandas.read_csv(io.BytesIO(requests.get(f"{ASOF}{url}", headers=HEADERS).content))
held_out = requests.get(f"{ASOF}/held-out", params={"as_of": as_of}, headers=HEADERS).json()["user_ids"]
training = rows[~rows["user_id"].isin(held_out)]
label = next(name for name in rows.columns if name not in ["as_of", "label_as_of", "user_id", *FEATURES])

# %% [markdown]
# ## The model
# `registered_model_name="churn"` is a model that asof serves, so the version is judged: it is PENDING_REGISTRATION until then.
# The columns of the signature say which features fill the matrix, in order.

# %%
mlflow.set_experiment("churn with MLflow")
model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())
with mlflow.start_run(run_name="logistic regression") as tracked:
    matrix = training[FEATURES].to_numpy(dtype=numpy.float32)
    model.fit(matrix, training[label].astype(int))
    mlflow.log_params({"features": len(FEATURES), "rows": len(training)})
    mlflow.log_metric("training_accuracy", model.score(matrix, training[label].astype(int)))
    file = to_onnx(model, matrix[:1], options={"zipmap": False})
    example = pandas.DataFrame(matrix[:2], columns=FEATURES)
    place = {"name": "model"} if mlflow.__version__ >= "3" else {"artifact_path": "model"}
    mlflow.onnx.log_model(
        file,
        **place,
        registered_model_name="churn",
        signature=mlflow.models.infer_signature(example),
        pip_requirements=["onnxruntime"],
        save_as_external_data=False,
    )

client = mlflow.MlflowClient()
version = max(client.search_model_versions("name = 'churn'"), key=lambda each: int(each.version))
print(version.version, version.status, version.status_message or "")

# %% [markdown]
# ## The same answer, from asof and from MLflow
# An alias names the version; `predict` looks the features of that date up. Both score the same file.

# %%
client.set_registered_model_alias("churn", "challenger", version.version)
loaded = mlflow.onnx.load_model("models:/churn@challenger")
session = onnxruntime.InferenceSession(loaded.SerializeToString())
largest = 0.0
for user in held_out[:20]:
    answer = graphql(
        'query($id: ID!, $asOf: Date!) { predict(userId: $id, alias: "challenger", asOf: $asOf) { probability } }',
        id=user,
        asOf=as_of,
    )["predict"]["probability"]
    features = rows.loc[rows["user_id"] == user, FEATURES].to_numpy(dtype=numpy.float32)
    expected = session.run(["probabilities"], {session.get_inputs()[0].name: features})[0][0][1]
    largest = max(largest, abs(answer - float(expected)))
print(f"largest difference {largest:.1e}")
assert largest < 1e-6

# %% [markdown]
# ## What is not served is kept
# Under any other name a version is stored as it is. asof never opens or runs it; whoever loads a pickle runs what is in it.

# %%
with mlflow.start_run():
    mlflow.sklearn.log_model(model, **place, registered_model_name="churn-sklearn", pip_requirements=["scikit-learn"], serialization_format="cloudpickle")
back = mlflow.sklearn.load_model("models:/churn-sklearn/latest")
assert (back.predict(matrix[:10]) == model.predict(matrix[:10])).all()

# %% [markdown]
# A pickle under the name of a served model is refused, with the reason.

# %%
try:
    with mlflow.start_run():
        mlflow.sklearn.log_model(model, **place, registered_model_name="churn", pip_requirements=["scikit-learn"], serialization_format="cloudpickle")
    raise AssertionError("a pickle was registered as a served model")
except mlflow.exceptions.MlflowException as error:
    print(error)
    assert "served models need an ONNX file" in str(error)

# %% [markdown]
# A stage goes through the gates of asof. One that fails is named.

# %%
try:
    client.transition_model_version_stage("churn", version.version, "Production")
    print("in Production")
except mlflow.exceptions.MlflowException as error:
    print(error)
