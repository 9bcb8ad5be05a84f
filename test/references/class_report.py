"""What scikit-learn says of each class, with and without classes that are absent, for test/training/class-report.test.ts.

python3 -m venv env && env/bin/pip install scikit-learn==1.9.1 && env/bin/python test/references/class_report.py
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import (
    average_precision_score,
    precision_recall_fscore_support,
    roc_auc_score,
    top_k_accuracy_score,
)

HERE = Path(__file__).parent
rng = np.random.default_rng(31)


def case(n, shares, never=()):
    """Labels of classes of different sizes and probabilities of four digits (with ties); some are never predicted."""
    k = len(shares)
    labels = rng.choice(k, n, p=shares)
    scores = rng.standard_normal((n, k))
    scores[np.arange(n), labels] += 1.2
    scores[:, list(never)] -= 20
    e = np.exp(scores)
    p = np.round(e / e.sum(1, keepdims=True), 4)
    predicted = p.argmax(1)
    means = {name: precision_recall_fscore_support(labels, predicted, average=name, zero_division=0)[:3] for name in ["macro", "weighted"]}
    precision, recall, f1, support = precision_recall_fscore_support(labels, predicted, labels=range(k), zero_division=np.nan)
    there = [c for c in range(k) if 0 < (labels == c).sum() < n]
    number = lambda value: None if np.isnan(value) else float(value)
    return {
        "labels": labels.tolist(), "probabilities": p.ravel().tolist(), "classes": k,
        "support": support.tolist(), "predicted": [int((predicted == c).sum()) for c in range(k)],
        "precision": [number(v) for v in precision], "recall": [number(v) for v in recall], "f1": [number(v) for v in f1],
        "rocAuc": [float(roc_auc_score(labels == c, p[:, c])) if c in there else None for c in range(k)],
        "averagePrecision": [float(average_precision_score(labels == c, p[:, c])) if support[c] else None for c in range(k)],
        "macro": [float(v) for v in means["macro"]], "weighted": [float(v) for v in means["weighted"]],
        # ties in the order of the classes: a little less for each
        "topK": {m: float(top_k_accuracy_score(labels, p - np.arange(k) * 1e-9, k=m, labels=range(k))) for m in [2, 3, 5] if m < k},
    }


cases = [
    case(200, [0.5, 0.3, 0.2]),
    case(150, [0.7, 0.3]),
    case(300, [0.1] * 10),
    case(120, [0.4, 0, 0.3, 0.3, 0, 0]),  # classes without an image; two of them are predicted
    case(90, [0.5, 0.2, 0.3, 0], never=[1]),  # one that is never predicted
    case(60, [0.6, 0, 0.4], never=[1]),  # one that is neither
]
(HERE / "class-report.json").write_text(json.dumps({"scikit-learn": sklearn.__version__, "numpy": np.__version__, "cases": cases}) + "\n")
