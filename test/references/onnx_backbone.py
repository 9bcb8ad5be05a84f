"""Small ONNX files and what Python's ONNX Runtime makes of them, for test/backbones/onnx-backbone.test.ts.

pip install onnx==1.23.2 onnxruntime==1.32.0 pillow==11.3.0 numpy==2.2.6
python test/references/onnx_backbone.py [efficientnet-lite0.onnx]   # writes onnx/ and onnx-backbone.json beside this script

With the file of data/weights/README.md as an argument, also the features of EfficientNet-Lite0, original and packed.
"""
import base64
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

HERE = Path(__file__).parent
FOLDER = HERE / "onnx"
FOLDER.mkdir(exist_ok=True)
rng = np.random.default_rng(18)
F, H, I64, S = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64, TensorProto.STRING


def weight(name, *shape, scale=0.3):
    return numpy_helper.from_array((rng.standard_normal(shape) * scale).astype(np.float32), name)


def const(name, values, dtype=np.int64):
    return numpy_helper.from_array(np.array(values, dtype), name)


def save(name, nodes, inputs, outputs, tensors, opset=17, external=False):
    node = [helper.make_node(op, i, o, **a) for op, i, o, a in nodes]
    graph = helper.make_graph(node, name, [helper.make_tensor_value_info(*v) for v in inputs], outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    file = FOLDER / f"{name}.onnx"
    if external:
        (FOLDER / f"{name}.weights").unlink(missing_ok=True)  # onnx would append
        onnx.save(model, file, save_as_external_data=True, all_tensors_to_one_file=True, location=f"{name}.weights", size_threshold=64)
    else:
        onnx.save(model, file)
    return model


def value(name, type=F, shape=None):
    return helper.make_tensor_value_info(name, type, shape)


def packed(array):
    return base64.b64encode(np.ascontiguousarray(array, np.float32).tobytes()).decode()


def run(model, cut, feed):
    model = onnx.ModelProto.FromString(model.SerializeToString())
    model.graph.output.append(value(cut))
    name = model.graph.input[0].name
    return ort.InferenceSession(model.SerializeToString()).run([cut], {name: np.ascontiguousarray(feed, np.float32)})[0]


pictures = rng.integers(0, 256, (3, 40, 56, 3)).astype(np.uint8)
pictures = np.stack([np.asarray(Image.fromarray(p).resize((14, 10), Image.BOX).resize((56, 40), Image.BICUBIC)) for p in pictures])
square = pictures[:, 4:36, 12:44]  # [3, 32, 32, 3]
mean, std = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
MEAN, STD = mean.tolist(), std.tolist()
normal = ((square / 255 - np.array(MEAN)) / np.array(STD)).astype(np.float32)
nchw = normal.transpose(0, 3, 1, 2)
cases = {}

# a small convolutional network with a head that a cut leaves out; `unused` is needed by that only
conv_tensors = [weight("w1", 8, 3, 3, 3), weight("b1", 8), weight("w2", 12, 8, 3, 3), weight("fc", 12, 5), weight("fcb", 5)]
conv_nodes = [
    ("Conv", ["x", "w1", "b1"], ["conv1"], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ("Relu", ["conv1"], ["relu1"], {}),
    ("Conv", ["relu1", "w2"], ["conv2"], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ("Relu", ["conv2"], ["relu2"], {}),
    ("GlobalAveragePool", ["relu2"], ["pool"], {}),
    ("Flatten", ["pool"], ["features"], {}),
    ("Gemm", ["features", "fc", "fcb"], ["logits"], {}),
]
conv = save("conv", conv_nodes, [("x", F, ["n", 3, 32, 32])], [value("logits", F, ["n", 5])], conv_tensors)
save("conv-external", conv_nodes, [("x", F, ["n", 3, 32, 32])], [value("logits", F, ["n", 5])], conv_tensors, external=True)
save("conv-opset9", conv_nodes, [("x", F, ["n", 3, 32, 32])], [value("logits", F, ["n", 5])], conv_tensors, opset=9)
save("conv-opset99", conv_nodes, [("x", F, ["n", 3, 32, 32])], [value("logits", F, ["n", 5])], conv_tensors, opset=99)
save("conv-free", conv_nodes, [("x", F, ["n", "c", "h", "w"])], [value("logits", F, ["n", 5])], conv_tensors)
for cut in ("features", "relu2"):
    cases[f"conv/{cut}"] = run(conv, cut, nchw)
cases["conv/relu2 BGR"] = run(conv, "relu2", (square[..., ::-1].astype(np.float32) - [103.939, 116.779, 123.68]).transpose(0, 3, 1, 2))
squashed = np.stack([np.asarray(Image.fromarray(p).resize((32, 32), Image.BICUBIC)) for p in pictures])
cases["conv/features squashed"] = run(conv, "features", ((squashed / 255 - MEAN) / STD).transpose(0, 3, 1, 2))

# the same with channels last, as tf2onnx exports Keras
nhwc_nodes = [("Transpose", ["x", ], ["t"], {"perm": [0, 3, 1, 2]})]
nhwc_nodes += [(op, ["t" if i == "x" else i for i in ins], outs, a) for op, ins, outs, a in conv_nodes[:4]]
nhwc_nodes += [("Transpose", ["relu2"], ["map"], {"perm": [0, 2, 3, 1]}), ("ReduceMean", ["map"], ["mean"], {"axes": [1, 2], "keepdims": 0})]
nhwc = save("nhwc", nhwc_nodes, [("x", F, ["n", 32, 32, 3])], [value("mean", F, ["n", 12])], conv_tensors[:3])
cases["nhwc/map"] = run(nhwc, "map", normal)

# a vision transformer's way: patches of 8, a class token, one layer of mixing
D, T = 6, 17
vit_nodes = [
    ("Conv", ["pixel_values", "patch"], ["patches"], {"kernel_shape": [8, 8], "strides": [8, 8]}),
    ("Reshape", ["patches", "flat"], ["rows"], {}),
    ("Transpose", ["rows"], ["tokens"], {"perm": [0, 2, 1]}),
    ("Shape", ["pixel_values"], ["shape"], {"start": 0, "end": 1}),
    ("Concat", ["shape", "one_d"], ["cls_shape"], {"axis": 0}),
    ("Expand", ["cls", "cls_shape"], ["cls_n"], {}),
    ("Concat", ["cls_n", "tokens"], ["all"], {"axis": 1}),
    ("MatMul", ["mix", "all"], ["mixed"], {}),
    ("Tanh", ["mixed"], ["last_hidden_state"], {}),
]
vit = save(
    "vit", vit_nodes, [("pixel_values", F, ["batch", "channels", "height", "width"])], [value("last_hidden_state", F, ["batch", T, D])],
    [weight("patch", D, 3, 8, 8, scale=0.1), const("flat", [0, D, 16]), const("one_d", [1, D]), weight("cls", 1, 1, D), weight("mix", T, T)],
)
cases["vit/last_hidden_state"] = run(vit, "last_hidden_state", nchw)

# a batch of one, written into a Reshape
fixed_nodes = conv_nodes[:4] + [("Reshape", ["relu2", "rows"], ["r"], {}), ("ReduceMean", ["r"], ["flat"], {"axes": [2], "keepdims": 0})]
fixed = save("fixed", fixed_nodes, [("x", F, [1, 3, 32, 32])], [value("flat", F, [1, 12])], conv_tensors[:3] + [const("rows", [1, 12, -1])])
cases["fixed/flat"] = np.concatenate([run(fixed, "flat", one[None]) for one in nchw])
# one scale for the whole batch: a picture's values depend on the others
dynamic_nodes = conv_nodes[:6] + [
    ("DynamicQuantizeLinear", ["features"], ["q", "s", "z"], {}), ("DequantizeLinear", ["q", "s", "z"], ["rounded"], {}),
]
dynamic = save("dynamic", dynamic_nodes, [("x", F, ["n", 3, 32, 32])], [value("rounded", F, ["n", 12])], conv_tensors)
cases["dynamic/rounded"] = np.concatenate([run(dynamic, "rounded", one[None]) for one in nchw])

# what is refused
picture = ("x", F, ["n", 3, 32, 32])
save("two-inputs", conv_nodes[:6] + [("Add", ["features", "more"], ["sum"], {})], [picture, ("more", F, ["n", 12])], [value("sum", F)], conv_tensors)
save("half", [("Relu", ["x"], ["y"], {})], [("x", H, ["n", 3, 32, 32])], [value("y", H)], [])
save("tokens", [("Gather", ["table", "input_ids"], ["y"], {})], [("input_ids", I64, ["n", "t"])], [value("y", F)], [weight("table", 20, 4)])
save("sound", [("Abs", ["x"], ["y"], {})], [("x", F, ["n", 16000])], [value("y", F)], [])
save("grey", [("Abs", ["x"], ["y"], {})], [("x", F, ["n", 1, 28, 28])], [value("y", F)], [])
save("oblong", [("Abs", ["x"], ["y"], {})], [("x", F, ["n", 3, 32, 64])], [value("y", F)], [])
others = conv_nodes[:6] + [
    ("ArgMax", ["features"], ["places"], {"axis": 1}),
    ("SplitToSequence", ["features"], ["parts"], {"axis": 1}),
    ("ReduceSum", ["features"], ["total"], {"keepdims": 0}),
    ("Log", ["minus"], ["nan"], {}), ("Neg", ["far"], ["minus"], {}), ("Exp", ["features"], ["far"], {}),
    ("Cast", ["features"], ["text"], {"to": S}),
    ("Unsqueeze", ["relu2", "axis"], ["five"], {}),
    ("Reshape", ["features", "six"], ["unknown_map"], {}),
]
others = [others[i] for i in (0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 10, 9, 12, 13, 14)]
sequence = helper.make_tensor_sequence_value_info("parts", F, None)
save("others", others, [picture], [value("places", I64), sequence, value("total", F), value("nan", F), value("text", S)], conv_tensors + [const("axis", [1]), const("six", [-1, 3, 2, 2])])
save("custom", [("Abs", ["x"], ["a"], {}), ("NoSuchOperator", ["a"], ["y"], {"domain": "com.example"})], [picture], [value("y", F)], [])

out = {
    "versions": {"onnx": onnx.__version__, "onnxruntime": ort.__version__, "numpy": np.__version__},
    "pictures": {"shape": pictures.shape, "uint8": base64.b64encode(pictures.tobytes()).decode()},
    "square": {"shape": square.shape, "uint8": base64.b64encode(np.ascontiguousarray(square).tobytes()).decode()},
    "cases": {name: {"shape": rows.shape, "float32": packed(rows)} for name, rows in cases.items()},
}
old = HERE / "onnx-backbone.json"
if len(sys.argv) > 1:
    # each pixel of the pictures as 7×7, so that nothing is resampled
    large = square.repeat(7, 1).repeat(7, 2).astype(np.float32)
    feed = ((large - 127) / 128).transpose(0, 3, 1, 2)
    original = run(onnx.load(sys.argv[1]), "features", feed)
    half = ort.InferenceSession(HERE.parent.parent / "data/weights/efficientnet-lite0.onnx").run(["features"], {"x": feed})[0]
    out["lite0"] = {"original": packed(original), "packed": packed(half)}
elif old.exists():
    out["lite0"] = json.loads(old.read_text())["lite0"]
old.write_text(json.dumps(out) + "\n")
