"""One fit of a reference library on the rows bench/training.ts wrote; prints its figures as one line of JSON.

python training_reference.py LEARNER FOLDER TRAIN_ROWS TEST_ROWS THREADS TREES LEAVES
Needs numpy, scikit-learn, xgboost, lightgbm. Category codes are floats in the last column; missing values are NaN.
"""

import json
import resource
import sys
import time

import numpy as np

learner, folder = sys.argv[1:3]
train_rows, test_rows, threads, trees, leaves = map(int, sys.argv[3:8])


def read(name, rows):
    labels = np.fromfile(f"{folder}/{name}.labels", np.uint8)
    values = np.fromfile(f"{folder}/{name}.values", np.float32).reshape(rows, -1)
    return values, labels


def hist_gradient_boosting():
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=trees, max_leaf_nodes=leaves, learning_rate=0.1, min_samples_leaf=20, early_stopping=False,
        categorical_features=[category], random_state=0)


def xgboost_hist():
    import xgboost

    return xgboost.XGBClassifier(
        n_estimators=trees, max_leaves=leaves, max_depth=0, grow_policy="lossguide", tree_method="hist",
        learning_rate=0.1, max_bin=255, reg_lambda=0, min_child_weight=1, n_jobs=threads, verbosity=0)


def lightgbm_gbdt():
    import lightgbm

    return lightgbm.LGBMClassifier(
        n_estimators=trees, num_leaves=leaves, learning_rate=0.1, min_child_samples=20, n_jobs=threads, verbose=-1,
        force_row_wise=True)


def random_forest():
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        n_estimators=trees, max_leaf_nodes=leaves, min_samples_leaf=5, max_features="sqrt", n_jobs=threads,
        random_state=0)


def logistic_regression():
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    columns = [("number", numbers, list(range(category))), ("category", OneHotEncoder(), [category])]
    return make_pipeline(ColumnTransformer(columns), LogisticRegression(max_iter=1000))


train, train_labels = read("train", train_rows)
test, test_labels = read("test", test_rows)
category = train.shape[1] - 1
model = globals()[learner]()

if learner == "hist_gradient_boosting":
    from threadpoolctl import threadpool_limits

    # Its OpenMP library is loaded with the import above.
    limits = threadpool_limits(limits=threads)

cpu, wall = time.process_time(), time.perf_counter()
model.fit(train, train_labels)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

from sklearn.metrics import roc_auc_score

probability = model.predict_proba(test)[:, 1]
auc = roc_auc_score(test_labels, probability)
print(json.dumps({"wall": wall, "cpu": cpu, "auc": auc, "threads": threads, "peakMegabytes": peak}))
