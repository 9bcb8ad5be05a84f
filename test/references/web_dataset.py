"""Webdatasets as the `webdataset` package writes them, and archives of every format of Python's tarfile, for
test/data/archives/webdataset.test.ts.

pip install webdataset==1.0.2 pillow==13.0.0
python test/references/web_dataset.py   # writes webdataset.json beside this script: files by name, gzip, base64

Pictures are squares of one colour, (10 · i, 20 · i, 30 · i), so that a test knows which one it has.
"""
import base64
import gzip
import io
import json
import tarfile
import tempfile
from pathlib import Path

import webdataset as wds
from PIL import Image

files = {}


def png(i):
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (10 * i % 256, 20 * i % 256, 30 * i % 256)).save(out, "PNG")
    return out.getvalue()


def keep(name, data):
    files[name] = base64.b64encode(gzip.compress(data, mtime=0)).decode()


def written(name, samples):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.tar"
        with wds.TarWriter(str(path), mtime=0) as writer:
            for sample in samples:
                writer.write(sample)
        keep(name, path.read_bytes())


def numbered(rows):
    return [{"__key__": f"{i:06d}", "png": png(i), "cls": i % 3} for i in rows]


written("train-000000.tar", numbered(range(6)))
written("train-000001.tar", numbered(range(6, 12)))
written("val-000000.tar", numbered(range(12, 16)))
written("json.tar", [{"__key__": f"a/{i}", "png": png(i), "json": {"label": i % 2, "class_name": ["ant", "bee"][i % 2]}} for i in range(8)])

LONG = "very-" * 40 + "long/" + "ü" * 60
for format, name in [(tarfile.PAX_FORMAT, "pax"), (tarfile.GNU_FORMAT, "gnu"), (tarfile.USTAR_FORMAT, "ustar")]:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as tar:
        for i in range(6):
            key = f"{'d' * 90}/{'e' * 90}/{i}" if name == "ustar" else f"{LONG}{i}"
            for ending, data in [("png", png(i)), ("cls", ["wasp", "ant"][i % 2].encode())]:
                info = tarfile.TarInfo(f"./{key}.{ending}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        for link, type in [("link.png", tarfile.SYMTYPE), ("hard.png", tarfile.LNKTYPE)]:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = type, "/etc/passwd"
            tar.addfile(info)
        for bad in ["/etc/absolute.png", "../up.png"]:
            info = tarfile.TarInfo(bad)
            info.size = len(png(1))
            tar.addfile(info, io.BytesIO(png(1)))
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    keep(f"{name}.tar", out.getvalue())

Path(__file__).with_name("webdataset.json").write_text(json.dumps({"webdataset": wds.__version__, "files": files}, indent=1) + "\n")
