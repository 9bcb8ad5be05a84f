"""What OpenCV and Pillow make of three small pictures, for test/pixels/upscale.test.ts.

pip install opencv-python-headless==4.11.0.86 pillow==11.3.0 numpy==2.2.6
python test/references/resample.py      # writes resample.json beside this script

Every result is kept as its uint8 values; float32 results (OpenCV and Pillow without rounding) as every 7th value.
"""
import base64
import json
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

rng = np.random.default_rng(20)
y, x = np.mgrid[0:32, 0:32]
smooth = np.stack([128 + 100 * np.sin(x / 5 + c) * np.cos(y / 7 - c) for c in range(3)], -1)
edges = np.where(((x // 5 + y // 3) % 2)[..., None] == 0, [250, 10, 120], [5, 240, 130])
pictures = np.clip(np.stack([smooth, edges, rng.integers(0, 256, (32, 32, 3))]), 0, 255).round().astype(np.uint8)

OPENCV = {"nearest": cv2.INTER_NEAREST_EXACT, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC, "area": cv2.INTER_AREA}
PILLOW = {"bilinear-antialias": Image.BILINEAR, "bicubic-keys": Image.BICUBIC, "lanczos3": Image.LANCZOS}


def pillow_float(picture, size, method):
    planes = [Image.fromarray(picture[..., c].astype(np.float32), "F").resize((size, size), method) for c in range(3)]
    return np.stack([np.asarray(p) for p in planes], -1)


def packed(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


cases = []
for size in (224, 64, 20):
    for kernel, method in OPENCV.items():
        whole = np.stack([cv2.resize(p, (size, size), interpolation=method) for p in pictures])
        exact = np.stack([cv2.resize(p.astype(np.float32), (size, size), interpolation=method) for p in pictures])
        cases.append((kernel, size, whole, exact))
    for kernel, method in PILLOW.items():
        whole = np.stack([np.asarray(Image.fromarray(p).resize((size, size), method)) for p in pictures])
        exact = np.stack([pillow_float(p, size, method) for p in pictures])
        cases.append((kernel, size, whole, exact))

Path(__file__).with_name("resample.json").write_text(json.dumps({
    "versions": {"opencv": cv2.__version__, "pillow": Image.__version__, "numpy": np.__version__},
    "pictures": {"shape": pictures.shape, "uint8": packed(pictures)},
    "cases": [
        {"kernel": k, "size": s, "uint8": packed(w if s <= 64 else w[:, ::3, ::3]), "float32Every7th": packed(e.astype(np.float32).reshape(-1)[::7] if s <= 64 else e.astype(np.float32).reshape(-1)[::101])}
        for k, s, w, e in cases
    ],
}) + "\n")
