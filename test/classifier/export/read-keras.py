"""Loads exported .keras files in Keras itself, asks them about the pictures of check.json, and trains a step.

usage: read-keras.py FOLDER...; prints a line of JSON for each
"""

import base64
import io
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from PIL import Image

for folder in sys.argv[1:]:
    with open(f"{folder}/check.json", encoding="utf-8") as file:
        check = json.load(file)
    with open(f"{folder}/about.json", encoding="utf-8") as file:
        about = json.load(file)
    pictures = np.stack(
        [
            np.asarray(Image.open(io.BytesIO(base64.b64decode(picture["png"]))).convert("RGB"), "float32")
            for picture in check["pictures"]
        ]
    )
    expected = np.array([picture["probabilities"] for picture in check["pictures"]])
    model = keras.saving.load_model(f"{folder}/model.keras")
    given = np.asarray(model(pictures, training=False))
    frozen = [weight.numpy().copy() for weight in model.non_trainable_weights]
    before = [weight.numpy().copy() for weight in model.trainable_weights]
    # a compiled step would take a minute for each network
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="sparse_categorical_crossentropy", run_eagerly=True)
    fitted = model.fit(pictures, np.arange(len(pictures)), batch_size=len(pictures), epochs=1, verbose=0)
    print(
        json.dumps(
            {
                "keras": keras.__version__,
                "difference": float(np.abs(given - expected).max()),
                "same": int((given.argmax(1) == expected.argmax(1)).sum()),
                "classNames": about["classNames"],
                "loss": float(fitted.history["loss"][0]),
                "trained": [weight.path for weight in model.trainable_weights],
                "moved": all(
                    bool((after.numpy() != now).any()) for after, now in zip(model.trainable_weights, before)
                ),
                "frozen": all(
                    bool((after.numpy() == now).all()) for after, now in zip(model.non_trainable_weights, frozen)
                ),
            }
        )
    )
