"""What a training command of asof reads and writes: its specification, its rows, its model (docs/external-training.md)."""

import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xgboost as xgb
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

NUMERIC = ("int", "bigint", "float", "decimal", "bool")
# Users whose answers asof must compute as the booster does, before it registers the version.
MOST_EXPECTED = 10_000


class Training:
    """The specification whose path is the last argument."""

    def __init__(self):
        with open(sys.argv[-1]) as file:
            self.spec = json.load(file)
        if self.spec["task"] != "BINARY":
            sys.exit(f"this example learns yes or no; the model answers {self.spec['task']}")
        declared = self.spec["features"]
        self.features = [each["name"] for each in declared if each["type"] in NUMERIC]
        left_out = [each["name"] for each in declared if each["type"] not in NUMERIC]
        if left_out:
            print("left out, for they are no numbers:", ", ".join(left_out))
        self.label = self.spec["label"]["name"]
        self.held_out = self.spec["heldOut"]["column"]
        self.files = [file["path"] for file in self.spec["trainingSet"]["files"]]
        given = self.spec["params"] or {}
        self.rounds = given.get("rounds", 150)
        self.workers = given.get("workers", 2)
        self.params = {
            "objective": "binary:logistic",
            "max_depth": given.get("max_depth", 3),
            "learning_rate": given.get("learning_rate", 0.08),
            "tree_method": "hist",
            "seed": self.spec["seed"],
            # Without it XGBoost keeps a score that it worked out, in a form that the converter may not know.
            "base_score": 0.5,
        }

    def parts(self):
        """Of each file its row groups, cut so that each worker has something: (path, row group, slice, slices)."""
        parts = []
        for path in self.files:
            groups = pq.ParquetFile(path).num_row_groups
            slices = -(-self.workers // groups)
            parts += [(path, group, k, slices) for group in range(groups) for k in range(slices)]
        return parts

    def write(self, booster, metrics):
        """The model as ONNX, and what it answers to users of the last date."""
        # The converter knows features by their places.
        booster.feature_names = booster.feature_types = None
        booster.save_model("booster.json")
        model = xgb.XGBClassifier()
        model.load_model("booster.json")
        inputs = [("X", FloatTensorType([None, len(self.features)]))]
        onnx = convert_xgboost(model, initial_types=inputs, target_opset=15)
        with open(self.spec["output"]["model"], "wb") as file:
            file.write(onnx.SerializeToString())
        table = pq.read_table(self.files[-1]).slice(0, MOST_EXPECTED)
        answers = booster.predict(xgb.DMatrix(matrix(table, self.features)))
        [key] = self.spec["key"]
        expected = [
            {"key": str(of), "probability": float(answer)}
            for of, answer in zip(table[key].to_pylist(), answers)
        ]
        result = {
            "signature": {"inputs": [{"name": "X", "features": self.features}]},
            "expected": expected,
            "expectedTolerance": 1e-6,
            "metrics": {"workers": self.workers, "rounds": self.rounds, **metrics},
        }
        with open(self.spec["output"]["result"], "w") as file:
            json.dump(result, file)
        print(f"wrote {booster.num_boosted_rounds()} trees of {len(self.features)} features")


def matrix(table, columns):
    """As float32, with NaN where a value is missing."""
    arrays = [pc.cast(table[column], pa.float32()).to_numpy() for column in columns]
    return np.stack(arrays, axis=1)
