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
for name, optimizer, penalty in [("adam", keras.optimizers.Adam(), 0), ("sgd", keras.optimizers.SGD(), 0), ("l2", keras.optimizers.Adam(0.01), 0.1)]:
    regularizer = keras.regularizers.L2(penalty) if penalty else None
    model = keras.Sequential([keras.Input((D,)), keras.layers.Dense(K, activation="softmax", kernel_initializer="zeros", kernel_regularizer=regularizer)])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=N, epochs=8, verbose=0).history
    result[name] = {"loss": history["loss"], "accuracy": history["accuracy"], "kernel": model.get_weights()[0].reshape(-1).tolist()}
Path(__file__).with_name("keras-fit.json").write_text(json.dumps(result) + "\n")
