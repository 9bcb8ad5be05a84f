"""What scikit-learn, cleanlab, NumPy and Keras make of small inputs, for test/analysis/*.test.ts.

python3 -m venv env && env/bin/pip install scikit-learn==1.9.1 cleanlab==2.9.0 && env/bin/python test/references/analysis.py
.venv/peers/bin/python test/references/analysis.py --grad-cam      # needs Keras and TensorFlow
"""
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def clouds(n, d, k, seed):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % k
    x = rng.standard_normal((n, d)).astype(np.float32)
    x[np.arange(n), labels] += 1.5
    return np.round(x * 4, 3).astype(np.float32), labels


def rounded(array, digits=6):
    return np.round(np.asarray(array, dtype=np.float64).ravel(), digits).tolist()


def main():
    from cleanlab.filter import find_label_issues
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.neighbors import NearestNeighbors

    x, labels = clouds(150, 8, 4, 1)
    scale = float(np.sqrt((x.astype(np.float64) ** 2).sum() / len(x)))
    regressions = []
    for l2 in (0.001, 0.1):
        model = LogisticRegression(C=1 / (len(x) * l2), tol=1e-10, max_iter=10_000).fit(x / scale, labels)
        p = model.predict_proba(x / scale)
        loss = -np.log(p[np.arange(len(x)), labels]).mean() + l2 / 2 * (model.coef_**2).sum()
        regressions.append({"l2": l2, "loss": float(loss), "probabilities": rounded(p)})

    noisy = labels.copy()
    rng = np.random.default_rng(2)
    flipped = rng.choice(len(x), 15, replace=False)
    noisy[flipped] = (noisy[flipped] + rng.integers(1, 4, 15)) % 4
    p = cross_val_predict(LogisticRegression(C=10), x, noisy, cv=5, method="predict_proba").astype(np.float32)
    issues = find_label_issues(noisy, p, filter_by="confident_learning", return_indices_ranked_by="self_confidence")

    queries = x[:20] + np.float32(0.5)
    found = NearestNeighbors(n_neighbors=5, metric="cosine", algorithm="brute").fit(x)
    distances, indices = found.kneighbors(queries)

    rng = np.random.default_rng(3)
    pictures = rng.integers(0, 256, (3, 24, 24, 3))
    grey = pictures @ np.array([0.299, 0.587, 0.114])
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(24) / 24)
    power = (np.abs(np.fft.fft2((grey - grey.mean((1, 2), keepdims=True)) * hann * hann[:, None])) ** 2).mean(0)
    f = np.fft.fftfreq(24, 1 / 24)
    ring = np.floor(np.hypot(f[:, None], f[None]) + 0.5).astype(int)
    spectrum = [power[ring == r].mean() for r in range(13)]

    (HERE / "analysis.json").write_text(json.dumps({
        "x": rounded(x, 3), "labels": labels.tolist(), "scale": scale, "regressions": regressions,
        "noisy": noisy.tolist(), "flipped": sorted(flipped.tolist()), "probabilities": [float(v) for v in p.ravel()], "issues": issues.tolist(),
        "queries": rounded(queries, 3), "indices": indices.ravel().tolist(), "similarities": rounded(1 - distances),
        "pictures": pictures.ravel().tolist(), "spectrum": [float(v) for v in spectrum],
    }))


def grad_cam():
    """Grad-CAM as keras.io/examples/vision/grad_cam has it, on the scores before the softmax, for the small VGG19 of keras_vgg.py."""
    import keras
    import tensorflow as tf

    sys.path.insert(0, str(HERE))
    from keras_vgg import vgg

    network = vgg((2, 2, 4, 4, 4), (4, 6, 8, 10, 12), 24, 10, 32, "vgg19_tiny")
    network.load_weights(HERE / "vgg19-tiny.official.h5")
    network.layers[-1].activation = None
    rng = np.random.default_rng(5)
    pictures = rng.integers(0, 256, (2, 32, 32, 3))
    x = pictures[..., ::-1].astype(np.float32) - np.array([103.939, 116.779, 123.68], np.float32)
    cases = []
    for layer in ("block5_conv4", "block3_conv2"):
        both = keras.Model(network.inputs, [network.get_layer(layer).output, network.output])
        for i in range(2):
            for k in (None, 3):
                with tf.GradientTape() as tape:
                    a, scores = both(x[i:i + 1])
                    wanted = int(tf.argmax(scores[0])) if k is None else k
                    score = scores[:, wanted]
                weights = tf.reduce_mean(tape.gradient(score, a), (1, 2), keepdims=True)
                cam = tf.nn.relu(tf.reduce_sum(a * weights, -1))[0].numpy()
                cases.append({"layer": layer, "image": i, "asked": k, "classIndex": wanted, "size": list(cam.shape),
                              "probability": float(tf.nn.softmax(scores)[0, wanted]), "map": rounded(cam / max(cam.max(), 1e-12))})
    (HERE / "grad-cam.json").write_text(json.dumps({"pictures": pictures.ravel().tolist(), "cases": cases}))


grad_cam() if "--grad-cam" in sys.argv else main()
