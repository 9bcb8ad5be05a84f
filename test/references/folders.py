"""The order in which torchvision and Keras read a folder, and Keras' squash, for test/data/folders/folder.test.ts.

pip install pillow==11.3.0 numpy==2.2.6 tensorflow==2.21.0
pip download --no-deps torchvision==0.29.2      # torchvision/datasets/folder.py is taken out of the wheel: it needs no torch
python test/references/folders.py torchvision-0.29.2-….whl      # writes folders.json beside this script

torchvision: find_classes and make_dataset, which ImageFolder calls. Keras: image_dataset_from_directory(shuffle=False).
"""
import base64
import json
import os
import sys
import tempfile
import types
import zipfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from PIL import Image

FILES = """
cats/10.png cats/9.png cats/B.png cats/a.png cats/old/z.png cats/old/a.png cats/old-2/a.png cats/old/deep/b.png
Zebras/one.png Zebras/two.jpg.png dogs and more/ä.png dogs and more/z.png dogs and more/\U0001f436.png dogs and more/\uff21.png
ünder/x.png
""".split("\n")
files = [name for line in FILES for name in __import__("re").findall(r"\S.*?\.png(?= |$)", line)]


def torchvision_folder(wheel):
    source = zipfile.ZipFile(wheel).read("torchvision/datasets/folder.py").decode()
    module = types.ModuleType("folder")
    source = source.replace("from .vision import VisionDataset", "class VisionDataset: pass")
    exec(compile(source, "folder.py", "exec"), module.__dict__)
    return module


with tempfile.TemporaryDirectory() as root:
    rng = np.random.default_rng(3)
    for name in files:
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (13, 17, 3)).astype(np.uint8)).resize((26, 20), Image.BICUBIC).save(path)
    tv = torchvision_folder(sys.argv[1])
    classes, numbers = tv.find_classes(root)
    samples = tv.make_dataset(root, numbers, extensions=tv.IMG_EXTENSIONS)
    dataset = keras.utils.image_dataset_from_directory(root, shuffle=False, image_size=(32, 32), batch_size=100, verbose=False)
    pixels, labels = next(iter(dataset))
    out = {
        "keras": keras.__version__,
        "torchvision": "0.29.2",
        "files": {name: base64.b64encode(Path(root, name).read_bytes()).decode() for name in files},
        "torchvisionOrder": {"classes": classes, "samples": [[os.path.relpath(p, root), k] for p, k in samples]},
        "kerasOrder": {
            "classes": dataset.class_names,
            "samples": [[os.path.relpath(p, root), int(k)] for p, k in zip(dataset.file_paths, labels.numpy())],
        },
        "squash": base64.b64encode(pixels.numpy()[0].astype(np.float32).tobytes()).decode(),
    }
Path(__file__).with_suffix(".json").write_text(json.dumps(out))
