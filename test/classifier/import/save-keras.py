"""Saves small classifiers of all kinds of layers as Keras does, in a .keras and a .h5 file each.

usage: save-keras.py FOLDER; writes pixels.bin, [2, 32, 32, 3] uint8, and prints {file: probabilities [2, 4]}
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from keras import layers

folder = sys.argv[1]
keras.utils.set_random_seed(3)


def sequential():
    return [
        layers.Rescaling(1 / 127.5, offset=-1),
        layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(6, 3, padding="same", use_bias=False),
        layers.BatchNormalization(scale=False),
        layers.Activation("silu"),
        layers.AveragePooling2D(2),
    ]


def graph(inputs):
    x = layers.Conv2D(6, 3, padding="same")(layers.Rescaling(1 / 255)(inputs))
    # more than ten layers of a class, whose groups are not in their order in a file
    for _ in range(10):
        y = layers.Conv2D(6, 3, padding="same", activation="tanh")(layers.ZeroPadding2D(1)(x))
        z = layers.DepthwiseConv2D(5, padding="same")(layers.BatchNormalization()(x))
        x = layers.Add()([layers.ReLU(6)(z), layers.MaxPooling2D(3, strides=1)(y)])
    flat = layers.Flatten()(layers.GlobalMaxPooling2D()(x))
    return layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.Dropout(0.3)(flat)])


inputs = keras.Input((32, 32, 3))
deep = keras.Model(inputs, graph(inputs), name="deep")
models = {
    "sequential": keras.Sequential(
        [keras.Input((32, 32, 3)), *sequential(), layers.Flatten(), layers.Dense(4, activation="softmax")]
    ),
    "graph": keras.Model(inputs, layers.Dense(4, activation="softmax")(graph(inputs))),
    "nested": keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            deep,
            keras.Sequential([layers.Dense(7, activation="relu"), layers.Dense(4)], name="top"),
            layers.Activation("softmax"),
        ]
    ),
}
pixels = np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3), np.uint8)
pixels.tofile(f"{folder}/pixels.bin")
found = {}
for name, model in models.items():
    draw = np.random.default_rng(2)
    for weight in model.weights:
        if "variance" in weight.path:
            weight.assign(draw.uniform(0.5, 1.5, weight.shape))
        elif len(weight.shape) == 1 and "seed" not in weight.path:
            weight.assign(draw.uniform(-0.2, 0.2, weight.shape))
    for ending in ["keras", "h5"]:
        model.save(f"{folder}/{name}.{ending}")
        found[f"{name}.{ending}"] = np.asarray(model(pixels.astype("float32"), training=False)).ravel().tolist()
    if name == "graph":
        # packed, as other programs write archives
        import zipfile

        with zipfile.ZipFile(f"{folder}/{name}.keras") as stored:
            with zipfile.ZipFile(f"{folder}/packed.keras", "w", zipfile.ZIP_DEFLATED) as packed:
                for part in stored.namelist():
                    packed.writestr(part, stored.read(part))
        found["packed.keras"] = found[f"{name}.keras"]
print(json.dumps(found))
