"""One fit of a reference library on the rows bench/training.ts wrote; writes its answers, prints its figures as one line of JSON.

python training_reference.py LIBRARY FOLDER CONTEST THREADS TREES
python training_reference.py export SET FOLDER ROUND: writes a set that scikit-learn brings along, a quarter of it to judge by.
Needs training-requirements.txt. Category codes are floats; missing values are NaN.
"""

import json
import resource
import sys
import time

import numpy as np


def write(folder, part, values, labels):
    np.ascontiguousarray(values, np.float32).tofile(f"{folder}/{part}.values")
    np.ascontiguousarray(labels, np.float64).tofile(f"{folder}/{part}.labels")


def export(name, folder, seed):
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    data = getattr(datasets, f"load_{name}")()
    classes = len(data.target_names) if "target_names" in data else 0
    parts = train_test_split(data.data, data.target, test_size=0.25, random_state=int(seed), stratify=data.target if classes else None)
    write(folder, "train", parts[0], parts[2])
    write(folder, "test", parts[1], parts[3])
    table = {"columns": [{"name": f"f{k}"} for k in range(data.data.shape[1])], "classes": classes, "train": len(parts[0]), "test": len(parts[1])}
    with open(f"{folder}/table.json", "w") as file:
        json.dump(table, file)


def lightgbm():
    import lightgbm as library

    objectives = {"absolute": "l1", "squared": "l2"}
    own = {} if loss in ("binary", "classes") else {"objective": objectives.get(loss, loss)}
    if loss == "quantile":
        own["alpha"] = 0.9
    if loss == "huber":
        own["alpha"] = np.quantile(np.abs(labels - np.median(labels)), 0.9)
    kind = library.LGBMClassifier if classes else library.LGBMRegressor
    return kind(
        n_estimators=trees, num_leaves=31, learning_rate=0.1, min_child_samples=20, n_jobs=threads, verbose=-1,
        force_row_wise=True, **own)


def xgboost():
    import xgboost as library

    objectives = {
        "absolute": {"objective": "reg:absoluteerror"}, "quantile": {"objective": "reg:quantileerror", "quantile_alpha": 0.9},
        "poisson": {"objective": "count:poisson"}, "tweedie": {"objective": "reg:tweedie", "tweedie_variance_power": 1.5}}
    # A row has a hessian of 1 where errors are squared or absolute.
    weight = 20 if loss in ("squared", "absolute", "quantile") else 1
    kind = library.XGBClassifier if classes else library.XGBRegressor
    return kind(
        n_estimators=trees, max_leaves=31, max_depth=0, grow_policy="lossguide", tree_method="hist", learning_rate=0.1,
        max_bin=255, reg_lambda=0, min_child_weight=weight, n_jobs=threads, verbosity=0, **objectives.get(loss, {}))


def hist_gradient_boosting():
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    common = dict(
        max_iter=trees, max_leaf_nodes=31, learning_rate=0.1, min_samples_leaf=20, early_stopping=False,
        categorical_features=categories or None, random_state=0)
    if classes:
        return HistGradientBoostingClassifier(**common)
    losses = {"squared": {}, "absolute": {"loss": "absolute_error"}, "quantile": {"loss": "quantile", "quantile": 0.9}, "poisson": {"loss": "poisson"}}
    return HistGradientBoostingRegressor(**common, **losses[loss])


def random_forest():
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestClassifier if classes else RandomForestRegressor
    return kind(
        n_estimators=trees, max_leaf_nodes=256, min_samples_leaf=5, max_features="sqrt" if classes else 1 / 3,
        n_jobs=threads, random_state=0)


def lightgbm_forest():
    import lightgbm as library

    width = values.shape[1]
    share = round(width**0.5) / width if classes else 1 / 3
    kind = library.LGBMClassifier if classes else library.LGBMRegressor
    return kind(
        boosting_type="rf", n_estimators=trees, num_leaves=256, min_child_samples=5, subsample=0.632, subsample_freq=1,
        feature_fraction_bynode=share, n_jobs=threads, verbose=-1, force_row_wise=True)


def encoded(model):
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    columns = [("number", numbers, [k for k in range(values.shape[1]) if k not in categories])]
    return make_pipeline(ColumnTransformer([*columns, ("category", OneHotEncoder(), categories)]), model)


def logistic_regression():
    from sklearn.linear_model import LogisticRegression

    return encoded(LogisticRegression(max_iter=1000))


def ridge():
    from sklearn.linear_model import Ridge

    return encoded(Ridge(alpha=1))


def elastic_net():
    from sklearn.linear_model import ElasticNet

    return encoded(ElasticNet(alpha=0.01, l1_ratio=0.5))


if sys.argv[1] == "export":
    export(*sys.argv[2:])
    sys.exit()

library, folder, contest, threads, trees = sys.argv[1:]
threads, trees = int(threads), int(trees)
loss = contest.split("-")[-1]
with open(f"{folder}/table.json") as file:
    table = json.load(file)
width = len(table["columns"])
categories = [k for k, column in enumerate(table["columns"]) if "vocabulary" in column]
classes = table["classes"]
values = np.fromfile(f"{folder}/train.values", np.float32).reshape(-1, width)
labels = np.fromfile(f"{folder}/train.labels", np.float64)
if classes:
    labels = labels.astype(np.uint8)
model = globals()[library]()

if library == "hist_gradient_boosting":
    from threadpoolctl import threadpool_limits

    # Its OpenMP library is loaded with the import above.
    limits = threadpool_limits(limits=threads)

cpu, wall = time.process_time(), time.perf_counter()
model.fit(values, labels)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
test = np.fromfile(f"{folder}/test.values", np.float32).reshape(-1, width)
answers = model.predict_proba(test) if classes else model.predict(test)
if classes == 2:
    answers = answers[:, 1]
np.ascontiguousarray(answers, np.float64).tofile(f"{folder}/answers")
print(json.dumps({"wall": wall, "cpu": cpu, "threads": threads, "peakMegabytes": peak}))
