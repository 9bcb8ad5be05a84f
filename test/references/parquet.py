"""Image data sets in Parquet as Hugging Face's `datasets` writes them, for test/data/archives/parquet.test.ts.

pip install pyarrow==26.0.1 pillow==11.3.0 numpy==2.2.6
python test/references/parquet.py      # writes parquet.json beside this script: files by name, base64

Pictures are squares of one colour, (10 · row, 20 · row, 30 · row), so that a test knows what each row holds.
"""
import base64
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

NAMES = ["ant", "bee", "wasp"]


def png(row):
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (10 * row % 256, 20 * row % 256, 30 * row % 256)).save(out, "PNG")
    return out.getvalue()


def written(table, **options):
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return base64.b64encode(out.getvalue()).decode()


def hugging_face(rows, labels, image="image", **options):
    pictures = pa.array([{"bytes": png(r), "path": f"{r}.png"} for r in rows], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    features = {image: {"_type": "Image"}, "label": {"names": NAMES, "_type": "ClassLabel"}}
    table = pa.table({image: pictures, "label": pa.array(labels, pa.int64())})
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    return written(table, **options)


files = {
    "data/train-00000-of-00002.parquet": hugging_face(range(12), [r % 3 for r in range(12)], compression="snappy", row_group_size=5),
    "data/train-00001-of-00002.parquet": hugging_face(range(12, 20), [r % 3 for r in range(12, 20)], compression="zstd"),
    "data/test-00000-of-00001.parquet": hugging_face(range(20, 26), [0, 1, 2, 0, 1, -1], compression="gzip"),
    "cifar.parquet": hugging_face(range(9), [r % 3 for r in range(9)], image="img", compression="snappy"),
    "plain.parquet": written(
        pa.table({"id": pa.array(range(6)), "photo": pa.array([png(r) for r in range(6)], pa.binary()), "class": ["b", "a", "b", "a", "b", "a"]}),
        compression="none",
    ),
    "none.parquet": written(pa.table({"x": [1, 2], "label": [0, 1]})),
    "paths.parquet": written(pa.table({"image": ["a.png", "b.png"], "label": [0, 1]})),
}
Path(__file__).with_suffix(".json").write_text(json.dumps({"pyarrow": pa.__version__, "files": files}))
