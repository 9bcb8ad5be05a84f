"""Makes augment.json: what Keras does to a picture with given parameters.

Keras 3.15.1 (KERAS_BACKEND=torch), SciPy, Pillow; run it beside the file: python augment.py
"""

import base64
import json
import os

os.environ["KERAS_BACKEND"] = "torch"
import numpy as np
from keras.src.legacy.preprocessing.image import apply_affine_transform, apply_brightness_shift, apply_channel_shift, flip_axis

rng = np.random.default_rng(5)
# smooth and rough at once; square, since Keras takes the height for the width when it looks for the middle
picture = (rng.uniform(0, 255, (4, 4, 3)).repeat(4, 0).repeat(4, 1) * 0.7 + rng.uniform(0, 70, (16, 16, 3))).astype("uint8")
NONE = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1}
geometry = [
    {"theta": 30},
    {"tx": 2.5, "ty": -3.25},
    {"shear": 20},
    {"zx": 0.8, "zy": 1.25},
    {"theta": -75, "tx": -4, "ty": 1.5, "shear": -12, "zx": 1.1, "zy": 0.7},
]
cases = []
for parameters in geometry:
    for mode in ["nearest", "constant", "reflect", "wrap"]:
        for horizontal, vertical in [(False, False), (True, False), (True, True)]:
            full = {**NONE, **parameters}
            out = apply_affine_transform(picture.astype("float32"), **full, row_axis=0, col_axis=1, channel_axis=2, fill_mode=mode, cval=17.0, order=1)
            if horizontal:
                out = flip_axis(out, 1)
            if vertical:
                out = flip_axis(out, 0)
            cases.append({"transform": {**full, "flipHorizontal": horizontal, "flipVertical": vertical}, "fillMode": mode, "cval": 17,
                          "values": base64.b64encode(np.ascontiguousarray(out, "<f4").tobytes()).decode()})
levels = [
    {"brightness": 1.4, "values": apply_brightness_shift(picture, 1.4, False)},
    {"brightness": 0.55, "values": apply_brightness_shift(picture, 0.55, False)},
    {"channelShift": 30.5, "values": apply_channel_shift(picture.astype("float32"), 30.5, 2)},
    {"channelShift": -41.25, "values": apply_channel_shift(picture.astype("float32"), -41.25, 2)},
]
for case in levels:
    case["values"] = base64.b64encode(np.ascontiguousarray(case["values"], "<f4").tobytes()).decode()
json.dump({"shape": picture.shape, "picture": base64.b64encode(picture.tobytes()).decode(), "geometry": cases, "levels": levels}, open("augment.json", "w"))
