"""Keras' own steps with each option of the optimizer and the loss, for test/training/optimizers.test.ts.

.venv/peers/bin/python test/references/keras_optimizers.py     # writes keras-optimizers.json beside this script

A step is an epoch, since a batch holds all images; weights are those that the validation images judge.
"""
import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

N, D, K, STEPS = 40, 5, 3, 20


def waves(n, phase):
    x = np.array([[np.sin(i * 0.7 + j * 1.3 + phase) * 2 for j in range(D)] for i in range(n)], np.float32)
    y = np.digitize((np.arange(n) * 7 + np.arange(n) // 5) % 10, [2, 5])  # classes of different sizes
    return x, keras.utils.to_categorical(y, K)


kernel = np.array([[np.cos(j * 1.1 + k * 2.3) * 0.2 for k in range(K)] for j in range(D)], np.float32)
(x, y), validation = waves(N, 0), waves(15, 0.4)
WEIGHTS = {0: 2.0, 1: 0.5, 2: 1.0}


def adamw(*options, **named):
    optimizer = keras.optimizers.AdamW(*options, **named)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def sgd(*options, **named):
    return keras.optimizers.SGD(*options, **named)


def plateau(**options):
    # the loss of the labels themselves, whatever the smoothing
    return keras.callbacks.ReduceLROnPlateau(monitor="val_categorical_crossentropy", **options)


CASES = {
    "labelSmoothing": (keras.optimizers.Adam(0.02), 0.1, None, []),
    "labelSmoothing, sgd, weights": (sgd(0.1), 0.2, WEIGHTS, []),
    "adamw": (adamw(0.02), 0, None, []),
    "adamw, weightDecay": (adamw(0.02, weight_decay=0.3), 0, None, []),
    "momentum": (sgd(0.05, momentum=0.9), 0, None, []),
    "nesterov": (sgd(0.05, momentum=0.9, nesterov=True), 0, None, []),
    "plateau": (sgd(0.8, momentum=0.9), 0, None, [plateau(factor=0.3, patience=2, min_delta=0.002)]),
    "plateau, cooldown, least": (sgd(0.8, momentum=0.5), 0, None, [plateau(factor=0.4, patience=1, min_delta=0.01, cooldown=2, min_lr=0.1)]),
    "useEma": (keras.optimizers.Adam(0.02, use_ema=True, ema_momentum=0.9), 0, None, []),
    "useEma, sgd": (sgd(0.1, momentum=0.9, use_ema=True, ema_momentum=0.8), 0, None, []),
    "all": (adamw(0.05, weight_decay=0.1, use_ema=True, ema_momentum=0.7), 0.1, WEIGHTS, [plateau(factor=0.5, patience=2, min_delta=0.02)]),
}


class Weights(keras.callbacks.Callback):
    """Reads the weights where the validation begins: they are the averages there, if the optimizer has any."""

    def __init__(self):
        super().__init__()
        self.steps = []

    def on_test_begin(self, logs=None):
        self.steps.append([round(float(w), 8) for part in self.model.get_weights() for w in part.reshape(-1)])


result = {"keras": keras.__version__}
for name, (optimizer, smoothing, weights, callbacks) in CASES.items():
    model = keras.Sequential([keras.Input((D,)), keras.layers.Dense(K, activation="softmax")])
    model.set_weights([kernel, np.zeros(K, np.float32)])
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    model.compile(optimizer, loss, metrics=["categorical_crossentropy"])
    seen = Weights()
    swap = [keras.callbacks.SwapEMAWeights()] if optimizer.use_ema else []
    history = model.fit(
        x, y, batch_size=N, epochs=STEPS, class_weight=weights, validation_data=validation, verbose=0,
        callbacks=[*swap, seen, *callbacks],
    ).history
    result[name] = {
        "loss": history["loss"],
        "valLoss": history["val_categorical_crossentropy"],
        **({"learningRate": history["learning_rate"]} if callbacks else {}),
        "weights": seen.steps,
    }
    if callbacks:
        print(name, [round(r, 5) for r in history["learning_rate"]])
Path(__file__).with_name("keras-optimizers.json").write_text(json.dumps(result) + "\n")
