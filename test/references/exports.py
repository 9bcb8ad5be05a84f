"""Asks an exported file about pictures: python exports.py onnx|keras FOLDER PIXELS H W; prints probabilities as JSON."""
import json
import os
import sys

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
kind, folder, raw, height, width = sys.argv[1:]
pixels = np.fromfile(raw, "uint8").reshape(-1, int(height), int(width), 3)
parts = [pixels[i : i + 8] for i in range(0, len(pixels), 8)]
if kind == "onnx":
    import onnxruntime as ort

    session = ort.InferenceSession(f"{folder}/model.onnx", providers=["CPUExecutionProvider"])
    rows = [session.run(["probabilities"], {"images": part})[0] for part in parts]
else:
    import keras

    model = keras.saving.load_model(f"{folder}/model.keras")
    rows = [np.asarray(model(part.astype("float32"), training=False)) for part in parts]
print(json.dumps(np.concatenate(rows).tolist()))
