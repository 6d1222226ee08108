"""Writes scikit-learn.json beside it: metrics of random answers of several classes, as scikit-learn measures them.

python scikit-learn.py, then npx biome format --write scikit-learn.json; with scikit-learn 1.9 and numpy 2.5, or later ones
"""

import json
from pathlib import Path

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
    top_k_accuracy_score,
)


def case(seed: int, rows: int, classes: int, digits: int) -> dict:
    """Few digits make ties; of the second half of the seeds the last class is never answered."""
    random = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), random.integers(0, classes, rows - classes)])
    scores = random.normal(size=(rows, classes)) + 1.5 * np.eye(classes)[labels]
    if seed % 2:
        scores[:, -1] -= 12
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    shares = np.round(shares, digits)
    # What rounding takes or adds is the first class's.
    shares[:, 0] = np.round(1 - shares[:, 1:].sum(axis=1), digits)
    called = shares.argmax(axis=1)
    macro = {"average": "macro", "zero_division": 0}
    return {
        "labels": labels.tolist(),
        "answers": shares.tolist(),
        "confusion": confusion_matrix(labels, called, labels=range(classes)).tolist(),
        "metrics": {
            "accuracy": accuracy_score(labels, called),
            "macro_f1": f1_score(labels, called, **macro),
            "weighted_f1": f1_score(labels, called, average="weighted", zero_division=0),
            "macro_precision": precision_score(labels, called, **macro),
            "macro_recall": recall_score(labels, called, **macro),
            "log_loss": log_loss(labels, shares),
            "macro_auc": roc_auc_score(labels, shares, multi_class="ovr", average="macro"),
            "top_2_accuracy": top_k_accuracy_score(labels, shares, k=2),
            "top_3_accuracy": top_k_accuracy_score(labels, shares, k=3),
        },
        "perClass": {
            "precision": precision_score(labels, called, average=None, zero_division=0).tolist(),
            "recall": recall_score(labels, called, average=None, zero_division=0).tolist(),
            "f1": f1_score(labels, called, average=None, zero_division=0).tolist(),
        },
    }


CASES = [(1, 40, 3, 3), (2, 60, 4, 2), (3, 80, 5, 2), (4, 50, 7, 3), (5, 30, 4, 1), (6, 90, 12, 3)]
cases = [case(*each) for each in CASES]
target = Path(__file__).with_name("scikit-learn.json")
target.write_text("[\n" + ",\n".join(json.dumps(each) for each in cases) + "\n]\n")
