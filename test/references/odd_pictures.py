"""Pictures as programs other than Pillow's authors write them, whole and damaged, for test/data/pictures/odd-pictures.test.ts.

pip install pillow==13.0.0 numpy pillow-heif==1.8.1 tifffile==2026.3.3 imagecodecs==2026.3.6
python test/references/odd_pictures.py      # writes odd-pictures.json beside this script

`files` are the pictures. `right` names for each that can be read what it should give: one of `pixels`, [H, W, 3] uint8 of
H, W = `size`, gzipped. HEIC: what Pillow gives of the same file with pillow-heif, profiles converted to sRGB by ImageCms.
"""
import base64
import gzip
import io
import json
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from PIL import Image, ImageCms

pillow_heif.register_heif_opener()
HEIGHT, WIDTH = 40, 64
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
A = np.clip(np.stack([128 + 110 * np.sin(x / (5 + c) + c) * np.cos(y / (7 - c)) for c in range(3)], -1), 0, 255).astype(np.uint8)
A[8:20, 10:30] = [255, 0, 0]
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
CASES = json.loads(Path(__file__).with_name("pictures.json").read_text())["cases"]
P3 = Image.open(io.BytesIO(base64.b64decode(next(c["file"] for c in CASES if c["name"] == "p3.jpg")))).info["icc_profile"]
files, right = {}, {}


def in_srgb(picture):
    profile = picture.info.get("icc_profile")
    picture = picture.convert("RGB")
    if not profile:
        return picture
    return ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB")


def tiff(array, **options):
    out = io.BytesIO()
    tifffile.imwrite(out, array, **options)
    return out.getvalue()


def saved(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def png16(array, profile):
    """16-bit RGB, which Pillow does not write, with its profile put in behind the header."""
    bytes_ = imagecodecs.png_encode(array.astype(np.uint16) * 257)
    data = b"profile\0\0" + imagecodecs.zlib_encode(profile)
    chunk = struct.pack(">I", len(data)) + b"iCCP" + data + struct.pack(">I", imagecodecs.zlib_crc32(b"iCCP" + data))
    return bytes_[:33] + chunk + bytes_[33:]


picture = Image.fromarray(A)
pixels = {
    "plain": A,
    "p3": np.asarray(in_srgb(Image.open(io.BytesIO(saved(picture, "PNG", icc_profile=P3))))),
}
for name, profile in [("plain", SRGB), ("p3", P3)]:
    files[f"rgb16-{name}.png"] = png16(A, profile)
    files[f"rgb16-{name}.tif"] = tiff(A.astype(np.uint16) * 257, photometric="rgb", iccprofile=profile)
    files[f"rgb8-{name}.png"] = saved(picture, "PNG", icc_profile=profile)
    for kind in ["rgb16-{}.png", "rgb16-{}.tif", "rgb8-{}.png"]:
        right[kind.format(name)] = name

for compression in ["zstd", "lzma", "lerc", "jpeg2000", "jpegxl", "png"]:
    files[f"{compression}.tif"] = tiff(A, photometric="rgb", compression=compression)
for compression in ["zlib", "lzw", "packbits"]:
    files[f"{compression}.tif"] = tiff(A, photometric="rgb", compression=compression)
    right[f"{compression}.tif"] = "plain"
files["big.tif"] = tiff(A, photometric="rgb", bigtiff=True)
files["big-endian.tif"] = tiff(A, photometric="rgb", bigtiff=True, byteorder=">")
files["unknown-tags.tif"] = tiff(A, photometric="rgb", extratags=[(42113, "s", 0, "-9999", True), (65000, "s", 0, "x", True)])
for name in ["big.tif", "big-endian.tif", "unknown-tags.tif"]:
    right[name] = "plain"
files["lab.tif"] = saved(picture.convert("LAB"), "TIFF")
files["ycbcr.tif"] = saved(picture.convert("YCbCr"), "TIFF")
files["float.tif"] = tiff(A[..., 0].astype(np.float32) / 255, photometric="minisblack")
files["float-rgb.tif"] = tiff(A.astype(np.float32) / 255, photometric="rgb")
files["signed.tif"] = tiff(A[..., 0].astype(np.int16) * 100 - 3000, photometric="minisblack")
files["deep.tif"] = tiff(A[..., 0].astype(np.uint32) * 2**24, photometric="minisblack")
files["float-255.tif"] = tiff(A[..., 0].astype(np.float32), photometric="minisblack")
pixels["grey"] = np.stack([A[..., 0]] * 3, -1)
right["float-255.tif"] = "grey"

whole = {
    "strips.tif": tiff(A, photometric="rgb", rowsperstrip=8),
    "tiles.tif": tiff(A, photometric="rgb", tile=(16, 16)),
    "lzw-tiles.tif": tiff(A, photometric="rgb", tile=(16, 16), compression="lzw"),
    "bmp": saved(picture, "BMP"),
}
for name, content in whole.items():
    files[f"cut-{name}"] = content[: len(content) * 6 // 10]
gif = saved(picture, "GIF")
files["zeroed.gif"] = gif[: len(gif) // 2] + bytes(len(gif) - len(gif) // 2)
files["hole.gif"] = gif[: len(gif) // 2] + bytes(300) + gif[len(gif) // 2 + 300 :]
files["sequence.avif"] = imagecodecs.avif_encode(np.stack([A, A[::-1]]), level=90)


def heic(name, **options):
    source = options.pop("source", picture)
    files[name] = saved(source, "HEIF", quality=90, **options)
    pixels[name] = np.asarray(in_srgb(Image.open(io.BytesIO(files[name]))))
    right[name] = name


turned = Image.Exif()
turned[0x0112] = 6
large = Image.fromarray(np.kron(A, np.ones((3, 3, 1), np.uint8)))
clear = np.dstack([A, np.full((HEIGHT, WIDTH), 255, np.uint8)])
clear[:10, :, 3] = 0
heic("plain.heic")
heic("turned.heic", exif=turned.tobytes())
heic("grid.heic", source=large, tile_size=64)
heic("grid-turned.heic", source=large, tile_size=64, exif=turned.tobytes())
heic("p3.heic", icc_profile=P3)
heic("grey.heic", source=picture.convert("L"))
heic("alpha.heic", source=Image.fromarray(clear))
ten = io.BytesIO()
pillow_heif.encode("RGB;16", (WIDTH, HEIGHT), (A.astype(np.uint16) * 257).tobytes(), ten, quality=90)
files["ten-bits.heic"] = ten.getvalue()
pixels["ten-bits.heic"] = np.asarray(Image.open(io.BytesIO(ten.getvalue())).convert("RGB"))
right["ten-bits.heic"] = "ten-bits.heic"
two = pillow_heif.from_pillow(Image.fromarray(A[::-1]))
two.add_from_pillow(picture)
two.save(out := io.BytesIO(), quality=90, primary_index=1)
files["second.heic"] = out.getvalue()
pixels["second.heic"] = np.asarray(Image.open(io.BytesIO(out.getvalue())).convert("RGB"))
right["second.heic"] = "second.heic"
assert np.abs(pixels["second.heic"].astype(int) - A).mean() < 15
files["cut.heic"] = files["grid.heic"][: len(files["grid.heic"]) * 6 // 10]

encoded = lambda content: base64.b64encode(content).decode()
Path(__file__).with_name("odd-pictures.json").write_text(json.dumps({
    "versions": {"pillow": Image.__version__, "pillow-heif": pillow_heif.__version__, "tifffile": tifffile.__version__},
    "files": {name: encoded(content) for name, content in files.items()},
    "pixels": {name: {"size": array.shape[:2], "rgb": encoded(gzip.compress(array.tobytes(), mtime=0))} for name, array in pixels.items()},
    "right": right,
}, indent=1) + "\n")
