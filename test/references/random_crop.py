"""Boxes that torchvision's RandomResizedCrop draws, and parts of a picture as it resizes them, for
test/pixels/random-crop.test.ts.

pip install pillow==11.3.0 numpy==2.2.6
pip download --no-deps torchvision==0.29.2      # RandomResizedCrop.get_params is taken out of the wheel: it needs no torch
python test/references/random_crop.py torchvision-0.29.2-….whl      # writes random-crop.json beside this script

Numbers are given, not drawn: `uniform_(a, b)` is a + (b - a) · u, `randint(0, n)` the whole part of u · n. The parts are
PIL's crop and resize, as F.resized_crop does it with PIL pictures (BILINEAR is its default, and antialiased).
"""
import ast
import base64
import io
import json
import math
import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

source = zipfile.ZipFile(sys.argv[1]).read("torchvision/transforms/transforms.py").decode()
of_class = next(node for node in ast.parse(source).body if getattr(node, "name", "") == "RandomResizedCrop")
get_params = next(node for node in of_class.body if getattr(node, "name", "") == "get_params")
text = textwrap.dedent(ast.get_source_segment(source, get_params, padded=True))


class Number:
    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value

    def uniform_(self, a, b):
        return Number(a + (b - a) * next(given))


class torch:
    Tensor = object
    tensor = staticmethod(lambda values: values)
    log = staticmethod(lambda values: [math.log(v) for v in values])
    empty = staticmethod(lambda n: Number(0))
    exp = staticmethod(lambda n: Number(math.exp(n.value)))
    randint = staticmethod(lambda low, high, size: Number(low + math.floor((high - low) * next(given))))


class F:
    get_dimensions = staticmethod(lambda size: (3, *size))


scope = {"torch": torch, "F": F, "math": math, "Tensor": object}
exec(text, scope)

rng = np.random.default_rng(17)
boxes = []
sizes = [(375, 500), (32, 32), (7, 5), (1, 1), (1000, 20), (20, 1000)]
settings = [((0.08, 1.0), (3 / 4, 4 / 3)), ((0.5, 0.9), (1.0, 1.0)), ((0.9, 1.0), (0.2, 0.4))]
for size in sizes:
    for scale, ratio in settings:
        for _ in range(6):
            numbers = [round(u, 6) for u in rng.random(22).tolist()]
            given = iter(numbers)
            top, left, height, width = scope["get_params"](size, scale, ratio)
            boxes.append({"size": size, "scale": scale, "ratio": ratio, "numbers": numbers, "box": [top, left, height, width]})

y, x = np.mgrid[0:90, 0:120]
waves = np.stack([128 + 90 * np.sin(x / (7 + c) + c) * np.cos(y / (9 - c)) for c in range(3)], -1)
waves[20:45, 30:60] = [230, 40, 60]
picture = Image.fromarray(np.clip(waves, 0, 255).astype(np.uint8))
out = io.BytesIO()
picture.save(out, "PNG")
parts = []
for top, left, height, width in [(0, 0, 90, 120), (10, 20, 60, 80), (15, 25, 12, 9), (3, 100, 87, 20), (40, 2, 33, 33)]:
    part = picture.crop((left, top, left + width, top + height))
    to = {name: base64.b64encode(np.asarray(part.resize((24, 24), kind)).tobytes()).decode()
          for name, kind in (("bilinear", Image.BILINEAR), ("bicubic-keys", Image.BICUBIC))}
    parts.append({"box": [top, left, height, width], **to})

import PIL
Path(__file__).with_name("random-crop.json").write_text(json.dumps({
    "pillow": PIL.__version__, "torchvision": "0.29.2", "boxes": boxes, "file": base64.b64encode(out.getvalue()).decode(), "parts": parts,
}))
