"""What Pillow makes of small pictures of every kind, for test/data/pictures/decode.test.ts.

pip install pillow==11.3.0 numpy==2.2.6
python test/references/pictures.py      # writes pictures.json beside this script

Each case is a file and what it should give at 32 pixels, by fit: `crop` is torchvision's Resize(int(32 / 0.875)) and
CenterCrop(32) on PIL pictures, `squash` resize((32, 32)), both with Image.BICUBIC after `convert('RGB')`. Where the file
has a colour profile, it is converted to sRGB first (ImageCms), where it has an EXIF orientation, it is turned.
"""
import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

rng = np.random.default_rng(17)


def drawn(width, height, seed=0):
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([128 + 90 * np.sin(x / (7 + c) + c + seed) * np.cos(y / (9 - c) - seed) for c in range(3)], -1)
    waves[height // 4 : height // 2, width // 5 : width // 2] = [230, 40, 60]  # an edge, and something to be turned
    return Image.fromarray(np.clip(waves, 0, 255).astype(np.uint8))


def saved(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def display_p3():
    """A v2 matrix profile of Display P3's primaries (D50-adapted) with gamma 2.2."""
    def fixed(v):
        return int(round(v * 65536)).to_bytes(4, "big", signed=True)

    def xyz(*v):
        return b"XYZ \0\0\0\0" + b"".join(map(fixed, v))

    gamma = b"curv\0\0\0\0" + (1).to_bytes(4, "big") + int(2.2 * 256).to_bytes(2, "big") + b"\0\0"
    text = b"P3"
    desc = b"desc\0\0\0\0" + (len(text) + 1).to_bytes(4, "big") + text + b"\0" + b"\0" * 78
    desc += b"\0" * (-len(desc) % 4)
    tags = {
        b"desc": desc, b"cprt": b"text\0\0\0\0CC0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.24120, -0.00105), b"gXYZ": xyz(0.29198, 0.69225, 0.04189), b"bXYZ": xyz(0.15710, 0.06657, 0.78407),
        b"rTRC": gamma, b"gTRC": gamma, b"bTRC": gamma,
    }
    table, data, offset = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + (offset + len(data)).to_bytes(4, "big") + len(content).to_bytes(4, "big")
        data += content
    body = len(tags).to_bytes(4, "big") + table + data
    head = (128 + len(body)).to_bytes(4, "big") + b"\0\0\0\0" + b"\x02\x10\0\0" + b"mntrRGB XYZ " + b"\0" * 12 + b"acsp"
    head = head.ljust(68, b"\0") + fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return head.ljust(128, b"\0") + body


def oriented(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return saved(drawn(60, 40), "JPEG", quality=95, subsampling=0, exif=exif)


large = drawn(90, 64, 1)
alpha = drawn(60, 44, 2).convert("RGBA")
alpha.putalpha(Image.fromarray(rng.integers(0, 256, (44, 60)).astype(np.uint8)))
palette = drawn(60, 44, 3).quantize(24)
frames = [drawn(48, 40, s) for s in (4, 5)]
deep = Image.fromarray((np.asarray(drawn(60, 44, 6).convert("L")).astype(np.uint16) * 257))
p3 = display_p3()

files = {
    "plain.jpg": saved(large, "JPEG", quality=95),
    "progressive.jpg": saved(large, "JPEG", quality=90, progressive=True),
    "large.png": saved(drawn(400, 300, 7), "PNG"),
    "small.png": saved(drawn(20, 26, 8), "PNG"),
    "wide.png": saved(drawn(120, 30, 9), "PNG"),
    "grey.jpg": saved(large.convert("L"), "JPEG", quality=95),
    "grey16.png": saved(deep, "PNG"),
    "alpha.png": saved(alpha, "PNG"),
    "palette.png": saved(palette, "PNG"),
    "animated.gif": saved(frames[0], "GIF", save_all=True, append_images=frames[1:]),
    "picture.webp": saved(large, "WEBP", lossless=True),
    "picture.tif": saved(large, "TIFF", compression="tiff_lzw"),
    "one.bmp": saved(drawn(26, 22, 12).convert("1"), "BMP"),
    "grey.bmp": saved(large.convert("L"), "BMP"),
    "palette.bmp": saved(palette, "BMP"),
    "rgb.bmp": saved(drawn(45, 33, 11), "BMP"),
    "rgba.bmp": saved(alpha, "BMP"),
    "p3.jpg": saved(large, "JPEG", quality=95, subsampling=0, icc_profile=p3),
    "png-named.jpg": saved(drawn(50, 50, 10), "PNG"),
    **{f"exif{value}.jpg": oriented(value) for value in range(1, 9)},
}


def opened(content):
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I"):  # PIL's own convert('RGB') clips 16 bits
        picture = Image.fromarray((np.asarray(picture) // 257).astype(np.uint8))
    picture = picture.convert("RGB")
    if profile:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        picture = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC)
    return picture


def crop(picture, size, fraction):
    short = int(size / fraction)
    width, height = picture.size
    to = (short, int(short * height / width)) if width <= height else (int(short * width / height), short)
    left, top = (int(round((side - size) / 2.0)) for side in to)
    return picture.resize(to, Image.BICUBIC).crop((left, top, left + size, top + size))


def packed(picture):
    return base64.b64encode(np.asarray(picture).tobytes()).decode()


cases = []
for name, content in files.items():
    picture = opened(content)
    cases.append({
        "name": name,
        "file": base64.b64encode(content).decode(),
        "size": [picture.height, picture.width],
        "crop": packed(crop(picture, 32, 0.875)),
        "squash": packed(picture.resize((32, 32), Image.BICUBIC)),
    })
import PIL
Path(__file__).with_suffix(".json").write_text(json.dumps({"pillow": PIL.__version__, "numpy": np.__version__, "cases": cases}))
