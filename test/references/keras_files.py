"""Weights as people save them from Keras, for test/models/keras-files.test.ts.

.venv/peers/bin/python test/references/keras_files.py   # writes keras-files/ and keras-files.json beside this script

A VGG19 without its top, of next to no channels and random weights, 32×32 pixels:
- renamed.weights.h5: half of its layers renamed, Keras 3's layout, in which HDF5 lists conv2d_10 before conv2d_2
- moved.weights.h5: two layers have each other's names besides, so that names and numbers say different things
- half.weights.h5: as float16
- sequential.keras, sequential.weights.h5, sequential.h5: inside a Sequential with a head of its own
"""
import base64
import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

HERE = Path(__file__).parent
FOLDER = HERE / "keras-files"
FOLDER.mkdir(exist_ok=True)
rng = np.random.default_rng(27)
CONVOLUTIONS, WIDTHS = [2, 2, 4, 4, 4], [4, 5, 6, 6, 6]


def vgg(name_of=lambda b, k: f"block{b}_conv{k}"):
    x = inputs = keras.Input((32, 32, 3), name="input_layer")
    for b, (count, width) in enumerate(zip(CONVOLUTIONS, WIDTHS), 1):
        for k in range(1, count + 1):
            x = keras.layers.Conv2D(width, 3, padding="same", activation="relu", name=name_of(b, k))(x)
        x = keras.layers.MaxPooling2D(2, name=f"block{b}_pool")(x)
    return keras.Model(inputs, x, name="vgg19_tiny")


base = vgg()
values = [(rng.standard_normal(w.shape) * (np.sqrt(2 / np.prod(w.shape[:-1])) if len(w.shape) > 1 else 0.05)).astype(np.float32) for w in base.get_weights()]
base.set_weights(values)

renamed = vgg(lambda b, k: f"block{b}_conv{k}" + ("_ft" if b > 4 or (b, k) > (4, 1) else ""))
renamed.set_weights(values)
renamed.save_weights(FOLDER / "renamed.weights.h5")

swapped = {(5, 3): "block5_conv4", (5, 4): "block5_conv3", (1, 1): "first", (1, 2): "second"}
moved = vgg(lambda b, k: swapped.get((b, k), f"block{b}_conv{k}"))
moved.set_weights(values)
moved.save_weights(FOLDER / "moved.weights.h5")

keras.mixed_precision.set_dtype_policy("float16")
half = vgg()
half.set_weights([v.astype(np.float16) for v in values])
half.save_weights(FOLDER / "half.weights.h5")
keras.mixed_precision.set_dtype_policy("float32")

layers = keras.layers
sequential = keras.Sequential([keras.Input((32, 32, 3)), base, layers.Flatten(), layers.Dropout(0.5), layers.Dense(3, activation="softmax")])
sequential.save(FOLDER / "sequential.keras")
sequential.save_weights(FOLDER / "sequential.weights.h5")
sequential.save(FOLDER / "sequential.h5")

x = rng.uniform(-110, 140, (2, 32, 32, 3)).astype(np.float32)
packed = lambda a: {"shape": a.shape, "float32": base64.b64encode(np.ascontiguousarray(a, np.float32).tobytes()).decode()}
out = {"versions": {"keras": keras.__version__}, "x": packed(x), "block5_pool": packed(base.predict(x, verbose=0))}
(HERE / "keras-files.json").write_text(json.dumps(out) + "\n")
