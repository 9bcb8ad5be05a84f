"""Reads exported ONNX files as others do: the checker in full, and Python's ONNX Runtime.

python read-onnx.py FOLDER…   # each with model.onnx and pictures.json; prints a JSON object by folder
"""
import base64
import collections
import io
import json
import sys

import numpy as np
import onnx
import onnxruntime as ort
from PIL import Image

found = {}
for folder in sys.argv[1:]:
    file = f"{folder}/model.onnx"
    onnx.checker.check_model(file, full_check=True)
    session = ort.InferenceSession(file, providers=["CPUExecutionProvider"])
    check = json.load(open(f"{folder}/check.json"))
    pictures = [np.asarray(Image.open(io.BytesIO(base64.b64decode(one["png"])))) for one in check["pictures"]]
    batch = session.get_inputs()[0].shape[0]
    feeds = [np.stack(pictures)] if isinstance(batch, str) else [np.stack([one] * batch) for one in pictures]
    rows = [session.run(["probabilities", "logits"], {"images": feed}) for feed in feeds]
    if not isinstance(batch, str):
        rows = [[part[:1] for part in row] for row in rows]
    probabilities, logits = (np.concatenate(parts) for parts in zip(*rows))
    exact = np.exp(logits.astype(np.float64) - logits.max(1, keepdims=True))
    model = onnx.load(file)
    found[folder] = {
        "probabilities": probabilities.tolist(),
        "softmaxed": (exact / exact.sum(1, keepdims=True)).tolist(),
        "inputs": [[one.name, one.type, one.shape] for one in session.get_inputs()],
        "outputs": [[one.name, one.type, one.shape] for one in session.get_outputs()],
        "metadata": session.get_modelmeta().custom_metadata_map,
        "operators": dict(collections.Counter(node.op_type for node in model.graph.node)),
        "types": dict(collections.Counter(onnx.TensorProto.DataType.Name(one.data_type) for one in model.graph.initializer)),
    }
print(json.dumps(found))
