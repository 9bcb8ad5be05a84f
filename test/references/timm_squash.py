"""What timm's own evaluation makes of pictures where its configuration says "crop_mode": "squash" and an odd number of
pixels is left over, for test/data/pictures/decode.test.ts and test/pixels/resize.test.ts: the levels of `create_transform`, whose
CenterCrop is torchvision's. Written to timm-squash.json beside this script.

pip install torch==2.15.0 torchvision==0.29.2 timm==1.0.31 pillow==11.3.0
python test/references/timm_squash.py
"""
import base64
import json
from pathlib import Path

import numpy as np
import PIL
import timm
import torchvision
from PIL import Image
from timm.data import create_transform, resolve_data_config

HERE = Path(__file__).parent
SIZE = 24
FILES = [HERE / "networks" / "pictures" / f"{k}.png" for k in (0, 1, 3)]  # 77×53, 53×77, 67×31
cases = []
for over in (1, 2, 3, 5, 7):
    config = {
        "input_size": [3, SIZE, SIZE],
        "interpolation": "bicubic",
        "crop_pct": round(SIZE / (SIZE + over + 0.3), 4),
        "crop_mode": "squash",
        "mean": [0.0, 0.0, 0.0],
        "std": [1.0, 1.0, 1.0],
    }
    transform = create_transform(**resolve_data_config(config), is_training=False)
    levels = [transform(Image.open(file).convert("RGB")).permute(1, 2, 0).numpy() * 255 for file in FILES]
    assert max(np.abs(one - one.round()).max() for one in levels) < 1e-3
    pixels = [base64.b64encode(one.round().astype(np.uint8).tobytes()).decode() for one in levels]
    cases.append({"over": over, "config": config, "pixels": pixels})
versions = {"timm": timm.__version__, "torchvision": torchvision.__version__, "pillow": PIL.__version__}
answer = {**versions, "files": [file.name for file in FILES], "cases": cases}
(HERE / "timm-squash.json").write_text(json.dumps(answer, indent=1) + "\n")
