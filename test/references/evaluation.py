"""Every figure of `evaluate`, label errors, neighbours and regressions as scikit-learn, SciPy and cleanlab have them,
for test/training/evaluation.test.ts and test/analysis/references.test.ts.

python3 -m venv env && env/bin/pip install scikit-learn==1.9.1 cleanlab==2.9.0 && env/bin/python test/references/evaluation.py
"""
import json
import warnings
from pathlib import Path

import cleanlab
import numpy as np
import scipy
import sklearn
from cleanlab.filter import find_label_issues
from scipy.optimize import brentq
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest, norm
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, recall_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore", message="y_pred contains classes not in y_true")

HERE = Path(__file__).parent
Z = norm.ppf(0.975)
rng = np.random.default_rng(26)


def short(values, digits=9):
    """float32 as they are, by their shortest names; float64 rounded."""
    flat = np.ravel(values)
    return [float(str(v)) if flat.dtype == np.float32 else round(float(v), digits) for v in flat]


def wilson(count, n):
    return list(binomtest(int(count), int(n)).proportion_ci(0.95, method="wilson"))


def newcombe(area, positives, negatives):
    """R. G. Newcombe, 2006, method 5: Hanley and McNeil's variance at the limit itself, and the mirror image."""
    def lower(a):
        if a == 0:
            return 0.0
        shared = (positives + negatives) / 2 - 1
        def f(t):
            pairs = 1 + shared * ((1 - t) / (2 - t) + t / (1 + t))
            return a - t - Z * np.sqrt(t * (1 - t) * pairs / (positives * negatives))
        return brentq(f, 0, a, xtol=1e-14) if f(a) < 0 else a

    return [lower(area), 1 - lower(1 - area)]


def figures(labels, p, log_p, odds):
    """p [N, K] float64, log_p the same without underflow, odds of the second of two classes."""
    n, k = p.shape
    guess = p.argmax(1)
    right = guess == labels
    present = np.unique(labels)
    recalls = recall_score(labels, guess, labels=present, average=None)
    counts = np.bincount(labels, minlength=k)
    found = np.bincount(labels[right], minlength=k)
    intervals = {int(c): wilson(found[c], counts[c]) for c in present}
    # G. Y. Zou and A. Donner, 2008: squares of the distances to the limits add up
    mean = recalls.mean()
    reach = [np.sqrt(sum((intervals[int(c)][e] - r) ** 2 for c, r in zip(present, recalls))) / len(present) for e in (0, 1)]
    confidence = p.max(1)
    accuracy, said = calibration_curve(right, confidence, n_bins=15)
    bins = np.bincount(np.searchsorted(np.linspace(0, 1, 16)[1:-1], confidence), minlength=15)
    bins = bins[bins > 0]
    binary = k == 2 and len(present) == 2
    area = float(roc_auc_score(labels, odds)) if binary else None
    return {
        "accuracy": float(accuracy_score(labels, guess)), "interval": wilson(right.sum(), n),
        "balancedAccuracy": float(balanced_accuracy_score(labels, guess)),
        "balancedInterval": [max(0, mean - reach[0]), min(1, mean + reach[1])],
        "recall": [float(recalls[list(present).index(c)]) if c in present else None for c in range(k)],
        "recallIntervals": [intervals.get(c) for c in range(k)], "counts": counts.tolist(),
        "rocAuc": area, "rocAucInterval": newcombe(area, counts[1], counts[0]) if binary else None,
        "loss": float(-log_p[np.arange(n), labels].mean()),
        "error": float((bins / n * np.abs(accuracy - said)).sum()),
        "bins": [{"n": int(b), "accuracy": float(a), "confidence": float(c)} for b, a, c in zip(bins, accuracy, said)],
        "predictions": guess.tolist(), "confidence": short(confidence),
    }


def evaluation(name, n, shares, sharpness, views=1, temperature=1, apart=0.5):
    """Scores [views, N, K] of a head; classes of share 0 are absent."""
    k = len(shares)
    labels = rng.choice(k, n, p=shares)
    base = rng.standard_normal((n, k))
    base[np.arange(n), labels] += 1
    scores = np.stack([base + apart * v * rng.standard_normal((n, k)) for v in range(views)]) * sharpness
    scores = np.round(scores, 3).astype(np.float32)
    log_p = np.stack([log_softmax(s.astype(np.float64), axis=1) for s in scores])
    mean = np.logaddexp.reduce(log_p, axis=0) - np.log(views)
    tempered = log_softmax(mean / temperature, axis=1)
    odds = tempered[:, 1] - tempered[:, 0]
    return {"name": name, "classes": k, "views": views, "temperature": temperature, "labels": labels.tolist(),
            "scores": [short(s) for s in scores], **figures(labels, np.exp(tempered), tempered, odds)}


evaluations = [
    evaluation("two classes", 150, [0.5, 0.5], 1.5),
    evaluation("two classes, few of one", 120, [0.9, 0.1], 2),
    evaluation("two classes, one absent", 60, [1, 0], 1.5),
    evaluation("two classes, the first absent", 60, [0, 1], 1.5),
    evaluation("two classes, surer than float32 tells", 150, [0.4, 0.6], 25),
    evaluation("two classes, surer than any float32", 150, [0.4, 0.6], 150),
    evaluation("two classes, two views, surer than any float32", 100, [0.4, 0.6], 150, views=2, apart=0.02),
    evaluation("two classes at a temperature", 100, [0.4, 0.6], 4, temperature=2.5),
    evaluation("five classes", 200, [0.4, 0.3, 0.15, 0.1, 0.05], 1.5),
    evaluation("five classes, two absent", 150, [0.5, 0, 0.3, 0, 0.2], 2),
    evaluation("five classes, one present", 40, [0, 0, 1, 0, 0], 1),
    evaluation("four classes, three views", 120, [0.25] * 4, 2, views=3),
    evaluation("four classes at a temperature", 120, [0.25] * 4, 4, temperature=0.5),
]


def label_issues(n, k, absent=()):
    """Out-of-fold probabilities with many that are confident in two classes, the largest in neither."""
    present = [c for c in range(k) if c not in absent]
    truth = rng.choice(present, n)
    alpha = np.full((n, k), 0.4)
    alpha[np.arange(n), truth] += np.where(truth == present[0], 8, rng.choice([0.2, 1], n))  # one class is sure of itself
    p = np.array([rng.dirichlet(a) for a in alpha])
    p = (np.round(p, 3) + 0.001).astype(np.float32)
    p /= p.sum(1, keepdims=True)
    labels = np.where(rng.random(n) < 0.2, rng.choice(present, n), truth)
    issues = find_label_issues(labels, p, filter_by="confident_learning", return_indices_ranked_by="self_confidence")
    return {"classes": k, "labels": labels.tolist(), "probabilities": short(p), "issues": issues.tolist()}


def regression(x, labels, l2, standardize=False):
    x = x.astype(np.float64)
    if standardize:
        x = StandardScaler().fit_transform(x)
    scale = np.sqrt((x**2).sum() / len(x))
    model = LogisticRegression(C=1 / (len(x) * l2), tol=1e-12, max_iter=100_000, solver="newton-cg").fit(x / scale, labels)
    p = model.predict_proba(x / scale)
    loss = -np.log(p[np.arange(len(x)), labels]).mean() + l2 / 2 * (model.coef_**2).sum() * (0.5 if p.shape[1] == 2 else 1)
    return {"l2": l2, "standardize": standardize, "loss": float(loss), "probabilities": short(p)}


n, d, k = 150, 10, 3
labels = np.arange(n) % k
x = np.maximum(0, rng.standard_normal((n, d)) * 2 + 3)  # like a network's features: none below 0, and far from 0
x[np.arange(n), labels] += 1.2
x[:, 5] = 7.1  # never changes
x = np.round(x, 3).astype(np.float32)
regressions = {
    "x": short(x), "labels": labels.tolist(), "width": d,
    "cases": [regression(x, labels, l2) for l2 in (1e-2, 1e-4, 1e-5, 1e-6, 1e-8)]
    + [regression(x, labels, l2, True) for l2 in (1e-2, 1e-5)],
}
queries = np.round(np.abs(rng.standard_normal((60, d))) * 3, 3).astype(np.float32)
neighbours = [
    {"count": count, "classes": KNeighborsClassifier(count, metric="cosine", algorithm="brute", weights=lambda far: 1 - far)
     .fit(x, labels).predict(queries).tolist()}
    for count in (1, 5, 12)
]
uneven = rng.choice(4, 103, p=[0.6, 0.25, 0.1, 0.05])
folds = [np.bincount(uneven[held], minlength=4).tolist() for _, held in StratifiedKFold(5).split(uneven, uneven)]

(HERE / "evaluation.json").write_text(json.dumps({
    "scikit-learn": sklearn.__version__, "cleanlab": cleanlab.__version__, "scipy": scipy.__version__, "numpy": np.__version__,
    "evaluations": evaluations,
    "issues": [label_issues(400, 3), label_issues(400, 5), label_issues(300, 5, absent=(1,)), label_issues(300, 2)],
    "regressions": regressions, "neighbours": {"queries": short(queries), "cases": neighbours},
    "folds": {"labels": uneven.tolist(), "counts": folds},
}) + "\n")
