"""Keras' own training of a softmax layer on whole batches, for test/training/fit.test.ts.

.venv/peers/bin/python test/references/keras_fit.py     # writes keras-fit.json beside this script
"""
import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

N, D, K = 60, 12, 3
x = np.array([[np.sin(i * 0.7 + j * 1.3) * 3 for j in range(D)] for i in range(N)], np.float32)
y = np.array([(i * 7 + i // 5) % K for i in range(N)])
result = {"keras": keras.__version__, "n": N, "features": D, "classes": K}
# classes of 6, 18 and 36 images, and scikit-learn's "balanced" weights of them
uneven = np.digitize(np.arange(N) % 10, [1, 4])
balanced = {k: N / (K * int((uneven == k).sum())) for k in range(K)}
listed = {0: 2.0, 1: 0.5, 2: 0.0}
result["uneven"] = uneven.tolist()
for name, optimizer, penalty, labels, weights in [
    ("adam", keras.optimizers.Adam(), 0, y, None),
    ("sgd", keras.optimizers.SGD(), 0, y, None),
    ("l2", keras.optimizers.Adam(0.01), 0.1, y, None),
    # not Adam: balanced classes leave the bias no gradient but rounding, which it would scale up
    ("balanced", keras.optimizers.SGD(), 0, uneven, balanced),
    ("listed", keras.optimizers.Adam(), 0, uneven, listed),
]:
    regularizer = keras.regularizers.L2(penalty) if penalty else None
    model = keras.Sequential([keras.Input((D,)), keras.layers.Dense(K, activation="softmax", kernel_initializer="zeros", kernel_regularizer=regularizer)])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, labels, batch_size=N, epochs=8, class_weight=weights, verbose=0).history
    result[name] = {"loss": history["loss"], "accuracy": history["accuracy"], "kernel": model.get_weights()[0].reshape(-1).tolist()}
Path(__file__).with_name("keras-fit.json").write_text(json.dumps(result) + "\n")
