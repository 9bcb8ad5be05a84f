"""What scikit-learn makes of predictions, for test/training/{class-weights,recall,roc-auc,calibration,temperature}.test.ts.

python3 -m venv env && env/bin/pip install scikit-learn==1.9.1 && env/bin/python test/references/metrics.py
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.calibration import _TemperatureScaling, calibration_curve
from sklearn.metrics import balanced_accuracy_score, log_loss, recall_score, roc_auc_score
from sklearn.utils.class_weight import compute_class_weight

HERE = Path(__file__).parent
rng = np.random.default_rng(17)


def softmax(scores):
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def case(n, shares, sharpness, digits=3):
    """Labels of classes of different sizes, and scores that are right more or less often; sharp ones are too sure."""
    k = len(shares)
    labels = np.sort(rng.choice(k, n, p=shares))
    scores = rng.standard_normal((n, k))
    scores[np.arange(n), labels] += 1.5
    scores = np.round(scores * sharpness, digits).astype(np.float32)  # coarse ones have ties
    return labels, scores


def expected_calibration_error(p, labels, bins):
    """C. Guo et al., 2017, on scikit-learn's own bins; it gives those that hold something, in order."""
    confidence, right = p.max(1), p.argmax(1) == labels
    accuracy, mean = calibration_curve(right, confidence, n_bins=bins)
    places = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)
    counts = np.bincount(places, minlength=bins)
    counts = counts[counts > 0]
    return float((counts / len(labels) * np.abs(accuracy - mean)).sum()), accuracy.tolist(), mean.tolist(), counts.tolist()


cases = []
for n, shares, sharpness, digits in [(200, [0.7, 0.2, 0.1], 3, 3), (150, [0.25] * 4, 0.4, 3), (120, [0.8, 0.2], 2, 3), (90, [0.5, 0.5], 1, 0)]:
    labels, scores = case(n, shares, sharpness, digits)
    k = len(shares)
    p = softmax(scores.astype(np.float64))
    # float64 scores and a fine tolerance: its default stops at 1e-5 of log(1 / T)
    scaling = _TemperatureScaling().fit(scores.astype(np.float64), labels)
    ece, accuracy, mean, counts = expected_calibration_error(p, labels, 15)
    cases.append({
        "labels": labels.tolist(), "scores": scores.ravel().tolist(), "classes": k,
        "classWeights": compute_class_weight("balanced", classes=np.arange(k), y=labels).tolist(),
        "recall": recall_score(labels, p.argmax(1), average=None).tolist(),
        "balancedAccuracy": float(balanced_accuracy_score(labels, p.argmax(1))),
        "rocAuc": float(roc_auc_score(labels, p[:, 1])) if k == 2 else None,
        "loss": float(log_loss(labels, p)),
        "error": ece, "accuracy": accuracy, "confidence": mean, "counts": counts,
        "temperature": float(1 / scaling.beta_),
        "lossAfter": float(log_loss(labels, softmax(scores.astype(np.float64) * scaling.beta_))),
        "errorAfter": expected_calibration_error(softmax(scores.astype(np.float64) * scaling.beta_), labels, 15)[0],
    })
(HERE / "metrics.json").write_text(json.dumps({"scikit-learn": sklearn.__version__, "numpy": np.__version__, "cases": cases}) + "\n")
