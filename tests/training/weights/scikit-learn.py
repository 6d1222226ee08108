"""Writes scikit-learn.json beside it: metrics of random answers to rows that weigh, as scikit-learn measures them.

python scikit-learn.py, then npx biome format --write scikit-learn.json; with scikit-learn 1.9 and numpy 2.5, or later ones
"""

import json
from pathlib import Path

import numpy as np
from sklearn import metrics as m


def weights_of(random: np.random.Generator, rows: int) -> np.ndarray:
    """From thousandths to thousands."""
    return np.round(10 ** random.uniform(-2, 3, rows), 6)


def binary(seed: int, rows: int, digits: int) -> dict:
    """Few digits make ties."""
    random = np.random.default_rng(seed)
    labels = np.concatenate([[0, 1], random.integers(0, 2, rows - 2)])
    answers = np.round(1 / (1 + np.exp(-random.normal(size=rows) - 1.5 * labels + 0.7)), digits)
    weight = weights_of(random, rows)
    called = (answers >= 0.6).astype(int)
    given = {"sample_weight": weight}
    bins = np.minimum(9, np.floor(answers * 10)).astype(int)
    error = sum(
        abs((weight * (answers - labels))[bins == each].sum()) for each in range(10)
    ) / weight.sum()
    return {
        "task": "BINARY",
        "labels": labels.tolist(),
        "answers": answers.tolist(),
        "weights": weight.tolist(),
        "threshold": 0.6,
        "metrics": {
            "auc": m.roc_auc_score(labels, answers, **given),
            "average_precision": m.average_precision_score(labels, answers, **given),
            "f1": m.f1_score(labels, called, **given),
            "accuracy": m.accuracy_score(labels, called, **given),
            "precision": m.precision_score(labels, called, **given),
            "recall": m.recall_score(labels, called, **given),
            "log_loss": m.log_loss(labels, answers, **given),
            "brier": m.brier_score_loss(labels, answers, **given),
            "expected_calibration_error": error,
        },
    }


def regression(seed: int, rows: int) -> dict:
    random = np.random.default_rng(seed)
    labels = np.round(random.gamma(2, 20, rows), 3)
    answers = np.round(labels * random.uniform(0.6, 1.5, rows) + 1, 3)
    weight = weights_of(random, rows)
    given = {"sample_weight": weight}
    return {
        "task": "REGRESSION",
        "labels": labels.tolist(),
        "answers": answers.tolist(),
        "weights": weight.tolist(),
        "threshold": None,
        "metrics": {
            "rmse": m.root_mean_squared_error(labels, answers, **given),
            "mae": m.mean_absolute_error(labels, answers, **given),
            "mape": m.mean_absolute_percentage_error(labels, answers, **given),
            "r2": m.r2_score(labels, answers, **given),
        },
        "losses": {
            "quantile": m.mean_pinball_loss(labels, answers, alpha=0.8, **given),
            "poisson": m.mean_poisson_deviance(labels, answers, **given),
            "tweedie": m.mean_tweedie_deviance(labels, answers, power=1.5, **given),
        },
    }


def multiclass(seed: int, rows: int, classes: int, digits: int) -> dict:
    random = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), random.integers(0, classes, rows - classes)])
    scores = random.normal(size=(rows, classes)) + 1.5 * np.eye(classes)[labels]
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    shares = np.round(shares, digits)
    shares[:, 0] = np.round(1 - shares[:, 1:].sum(axis=1), digits)
    weight = weights_of(random, rows)
    called = shares.argmax(axis=1)
    given = {"sample_weight": weight}
    macro = {"average": "macro", "zero_division": 0, **given}
    return {
        "task": "MULTICLASS",
        "labels": labels.tolist(),
        "answers": shares.flatten().tolist(),
        "weights": weight.tolist(),
        "threshold": None,
        "metrics": {
            "accuracy": m.accuracy_score(labels, called, **given),
            "macro_f1": m.f1_score(labels, called, **macro),
            "weighted_f1": m.f1_score(labels, called, average="weighted", zero_division=0, **given),
            "macro_precision": m.precision_score(labels, called, **macro),
            "macro_recall": m.recall_score(labels, called, **macro),
            "log_loss": m.log_loss(labels, shares, **given),
            "macro_auc": m.roc_auc_score(labels, shares, multi_class="ovr", average="macro", **given),
            "top_2_accuracy": m.top_k_accuracy_score(labels, shares, k=2, **given),
            "top_3_accuracy": m.top_k_accuracy_score(labels, shares, k=3, **given),
        },
    }


cases = [
    binary(1, 40, 1),
    binary(2, 60, 2),
    binary(3, 80, 6),
    regression(4, 40),
    regression(5, 60),
    multiclass(6, 40, 3, 3),
    multiclass(7, 60, 5, 2),
]
target = Path(__file__).with_name("scikit-learn.json")
target.write_text("[\n" + ",\n".join(json.dumps(each) for each in cases) + "\n]\n")
