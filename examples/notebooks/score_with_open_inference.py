# %% [markdown]
# # Score with Open Inference and MLflow's protocol
# Gateways, load tests and services that speak to KServe, Triton, MLServer or `mlflow models serve` ask asof unchanged. Needs
# `pip install -r tests/interop/clients/triton.txt`, and an asof with a model in Production, as `npm run demo` leaves it.
# `ASOF_TOKEN` is left out where asof is open.

# %%
import os
from urllib.parse import urlsplit

import numpy
import pandas
import requests
import tritonclient.http as triton
from tritonclient.http.auth import BasicAuth

ASOF = os.environ.get("ASOF_URL", "http://localhost:4000")
TOKEN = os.environ.get("ASOF_TOKEN")
MODEL = "churn"
USERS = ["8627-ZYGSZ", "9088-YVPER", "1153-UKSWJ"]

address = urlsplit(ASOF)
client = triton.InferenceServerClient(address.netloc + address.path, ssl=address.scheme == "https")
http = requests.Session()
if TOKEN:
    client.register_plugin(BasicAuth("anyone", TOKEN))
    http.headers["authorization"] = f"Bearer {TOKEN}"

# %% [markdown]
# ## The model
# Without a version it is the one in Production. Each stored feature is an input; the key is one, too, in place of all of them.

# %%
assert client.is_server_ready() and client.is_model_ready(MODEL)
metadata = client.get_model_metadata(MODEL)
print(f"{MODEL}, versions {', '.join(metadata['versions'])}")
for tensor in metadata["inputs"]:
    print(f"  {tensor['name']}: {tensor['datatype']}")

# %% [markdown]
# ## By key
# asof looks the features up. A call is one read of the online store and one run of the model, for up to 10 000 rows.


# %%
def tensor_of(name, datatype, values):
    column = numpy.array(values, dtype=triton.triton_to_np_dtype(datatype)).reshape(-1, 1)
    tensor = triton.InferInput(name, column.shape, datatype)
    tensor.set_data_from_numpy(column)
    return tensor


answer = client.infer(MODEL, [tensor_of("user_id", "BYTES", USERS)])
by_key = answer.as_numpy("probability").ravel()
print(dict(zip(USERS, by_key.round(4))))

# %% [markdown]
# ## By features
# Nothing is looked up: the same customer at other prices. Values travel as binary tensors.

# %%
row = http.get(f"{ASOF}/features/{USERS[0]}").json()["features"]
prices = pandas.DataFrame([{**row, "monthly_fee": fee} for fee in (row["monthly_fee"], 20.0, 60.0, 100.0)])
inputs = [tensor_of(each["name"], each["datatype"], prices[each["name"]]) for each in metadata["inputs"]]
answer = client.infer(MODEL, inputs, outputs=[triton.InferRequestedOutput("probability")])
by_price = answer.as_numpy("probability").ravel()
print(dict(zip(prices["monthly_fee"], by_price.round(4))))
assert abs(by_price[0] - by_key[0]) < 1e-6

# %% [markdown]
# ## MLflow's `/invocations`
# The same rows as a frame. A prediction is the class; `params` asks for the probability, too.


# %%
def invoke(frame, **params):
    body = {"dataframe_split": frame.to_dict(orient="split"), "params": params}
    response = http.post(f"{ASOF}/serving/{MODEL}/invocations", json=body)
    response.raise_for_status()
    return response.json()["predictions"]


print(invoke(prices))
scored = pandas.DataFrame(invoke(prices, proba=True))
assert numpy.allclose(scored["probability"], by_price, atol=1e-6)

keys = pandas.DataFrame({"user_id": USERS})
assert numpy.allclose([each["probability"] for each in invoke(keys, proba=True)], by_key, atol=1e-6)
