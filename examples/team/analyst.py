"""An analyst logs a run and registers its model, with nothing but Python's standard library.

python3 analyst.py model.onnx    with ASOF_URL and ASOF_TOKEN in the environment; prints the version
"""

import base64
import json
import os
import sys
import urllib.request

URL, TOKEN = os.environ["ASOF_URL"], os.environ["ASOF_TOKEN"]


def ask(query, **variables):
    request = urllib.request.Request(
        f"{URL}/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    if "errors" in answer:
        sys.exit(answer["errors"][0]["message"])
    return answer["data"]


def main():
    with open(sys.argv[1], "rb") as file:
        onnx = base64.b64encode(file.read()).decode()
    run = ask(
        'mutation { createRun(input: { name: "ana\'s notebook", tags: { team: "churn" } }) { id } }'
    )["createRun"]["id"]
    ask("mutation($id: ID!, $params: JSON!) { logParams(runId: $id, params: $params) { id } }",
        id=run, params={"trees": 100, "notebook": "churn.ipynb"})
    losses = [{"name": "loss", "value": 0.69 * 0.9**step, "step": step} for step in range(10)]
    ask("mutation($id: ID!, $metrics: [MetricInput!]!) { logMetrics(runId: $id, metrics: $metrics) { id } }",
        id=run, metrics=losses)
    version = ask(
        """mutation($input: RegisterModelInput!) {
          registerModel(input: $input) { version status metrics { name value } } }""",
        input={"runId": run, "onnx": onnx, "asOf": os.environ["AS_OF"], "waitSeconds": 60},
    )["registerModel"]
    print(json.dumps({"run": run, "version": version["version"], "status": version["status"]}))


main()
