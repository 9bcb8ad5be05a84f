"""Small ONNX files whose classifier is to be found, and what Python's ONNX Runtime makes of them, for
test/onnx/cut-candidates.test.ts and test/backbones/onnx-cuts.test.ts.

pip install onnx==1.23.2 onnxruntime==1.32.0 numpy
python test/references/onnx_cuts.py   # writes onnx/cuts/ and onnx-cuts.json beside this script
"""
import base64
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

HERE = Path(__file__).parent
FOLDER = HERE / "onnx" / "cuts"
FOLDER.mkdir(exist_ok=True)
rng = np.random.default_rng(27)
F = TensorProto.FLOAT
square = rng.integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)
feed = np.ascontiguousarray(((square / 255 - 0.5) / 0.5).transpose(0, 3, 1, 2), np.float32)
cases = {}


def weight(name, *shape, scale=0.3):
    return numpy_helper.from_array((rng.standard_normal(shape) * scale).astype(np.float32), name)


def const(name, values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def save(name, nodes, outputs, tensors, batch="n", in_nodes=False, opset=17):
    made = [helper.make_node(op, i, o, **a) for op, i, o, a in nodes]
    if in_nodes:  # as some exporters have it: no initializers
        made = [helper.make_node("Constant", [], [t.name], value=t) for t in tensors] + made
    shape = [batch, 32, 32, 3] if nodes[0][0] == "Transpose" else [batch, 3, 32, 32]
    inputs = [helper.make_tensor_value_info("x", F, shape)]
    graph = helper.make_graph(made, name, inputs, [helper.make_tensor_value_info(o, F, None) for o in outputs], [] if in_nodes else tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, FOLDER / f"{name}.onnx")
    return model


def run(name, cut, x=feed):
    model = onnx.load(FOLDER / f"{name}.onnx")
    if cut not in [o.name for o in model.graph.output]:
        model.graph.output.append(helper.make_tensor_value_info(cut, F, None))
    onnx.save(model, FOLDER / "with-cut.onnx")  # beside its weights
    session = ort.InferenceSession(FOLDER / "with-cut.onnx", providers=["CPUExecutionProvider"])
    values = np.concatenate([session.run([cut], {"x": one[None]})[0] for one in x])
    (FOLDER / "with-cut.onnx").unlink()
    cases[f"{name}/{cut}"] = {"shape": values.shape, "float32": base64.b64encode(np.ascontiguousarray(values, np.float32).tobytes()).decode()}


CONV = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}
trunk = [("Conv", ["x", "w0"], ["c0"], CONV), ("Relu", ["c0"], ["r0"], {})]
pooled = trunk + [("GlobalAveragePool", ["r0"], ["gp"], {}), ("Flatten", ["gp"], ["gap"], {})]
w0, fw, fb = weight("w0", 8, 3, 3, 3), weight("fw", 10, 8), weight("fb", 10)
gemm = lambda a, w, b, o: ("Gemm", [a, w, b] if b else [a, w], [o], {"transB": 1})

# a projection beside the classifier, in either order
two = pooled + [gemm("gap", "fw", "fb", "logits"), gemm("gap", "ew", None, "embedding")]
save("two-outputs", two, ["logits", "embedding"], [w0, fw, fb, weight("ew", 6, 8)])
run("two-outputs", "embedding")
# CLIP's: the projection alone
save("projection", pooled + [("MatMul", ["gap", "pw"], ["image_embeds"], {})], ["image_embeds"], [w0, weight("pw", 8, 6)])
# PaddlePaddle: any number of pictures is -1
save("batch-minus-one", pooled + [gemm("gap", "fw", "fb", "logits")], ["logits"], [w0, fw, fb], batch=-1)
run("batch-minus-one", "gap")
# no initializers
scored = pooled + [("MatMul", ["gap", "fwt"], ["mm"], {}), ("Add", ["mm", "fb"], ["logits"], {}), ("Softmax", ["logits"], ["probs"], {"axis": -1})]
save("weights-in-constants", scored, ["probs"], [w0, weight("fwt", 8, 10), fb], in_nodes=True)
run("weights-in-constants", "gap")
# SqueezeNet's: a convolution, an activation, an average; and without an activation
cw = weight("cw", 5, 8, 1, 1)
ends = [("GlobalAveragePool", ["last"], ["gp"], {}), ("Flatten", ["gp"], ["logits"], {})]
save("conv-classifier", trunk + [("Conv", ["r0", "cw"], ["last"], {"kernel_shape": [1, 1]})] + ends, ["logits"], [w0, cw])
save("conv-relu-classifier", trunk + [("Conv", ["r0", "cw"], ["cc"], {"kernel_shape": [1, 1]}), ("Relu", ["cc"], ["last"], {})] + ends, ["logits"], [w0, cw])
# MobileNet's last convolution, which is none: it widens
wide = weight("cw", 24, 8, 1, 1)
save("conv-widens", trunk + [("Conv", ["r0", "cw"], ["cc"], {"kernel_shape": [1, 1]}), ("Relu", ["cc"], ["last"], {})] + ends[:1] + [("Flatten", ["gp"], ["out"], {})], ["out"], [w0, wide])
# LeViT's: two heads, each with a normalization of its own, and their mean
bn = lambda k: [weight(f"s{k}", 8), weight(f"o{k}", 8), weight(f"m{k}", 8), numpy_helper.from_array(np.full(8, 0.7, np.float32), f"v{k}")]
heads = [(f"BatchNormalization", ["gap", f"s{k}", f"o{k}", f"m{k}", f"v{k}"], [f"bn{k}"], {}) for k in (1, 2)]
heads += [gemm(f"bn{k}", "fw", "fb", f"l{k}") for k in (1, 2)]
heads += [("Add", ["l1", "l2"], ["sum"], {}), ("Div", ["sum", "two"], ["logits"], {})]
save("two-heads", pooled + heads, ["logits"], [w0, fw, fb, *bn(1), *bn(2), numpy_helper.from_array(np.array(2, np.float32), "two")])
run("two-heads", "gap")
# tf2onnx: channels last, an average over axes 1 and 2, a product and a sum
last = [("Transpose", ["x"], ["t"], {"perm": [0, 3, 1, 2]}), ("Conv", ["t", "w0"], ["c0"], CONV), ("Relu", ["c0"], ["r0"], {}), ("Transpose", ["r0"], ["map"], {"perm": [0, 2, 3, 1]})]
last += [("ReduceMean", ["map"], ["mean"], {"axes": [1, 2], "keepdims": 0}), ("MatMul", ["mean", "fwt"], ["mm"], {}), ("Add", ["mm", "fb"], ["logits"], {}), ("Softmax", ["logits"], ["probs"], {})]
save("channels-last", last, ["probs"], [w0, weight("fwt", 8, 10), fb])
run("channels-last", "mean", feed.transpose(0, 2, 3, 1))
# a pooled map as Hugging Face's convolutional networks put it out
save("pooler-output", trunk + [("ReduceMean", ["r0"], ["mean"], {"axes": [-1, -2], "keepdims": 1}), ("Reshape", ["mean", "rows"], ["pooler_output"], {})], ["pooler_output"], [w0, const("rows", [-1, 8, 1, 1])])
run("pooler-output", "pooler_output")

# a vision transformer: patches of 8, a class token
D = 16
vit = [
    ("Conv", ["x", "pw", "pb"], ["p"], {"strides": [8, 8]}),  # the kernel's shape is left to the weights
    ("Reshape", ["p", "flat"], ["pf"], {}), ("Transpose", ["pf"], ["tok"], {"perm": [0, 2, 1]}),
    ("Shape", ["x"], ["sh"], {"start": 0, "end": 1}), ("Concat", ["sh", "rest"], ["csh"], {"axis": 0}), ("Expand", ["cls", "csh"], ["ce"], {}),
    ("Concat", ["ce", "tok"], ["cat"], {"axis": 1}), ("Add", ["cat", "pos"], ["z0"], {}),
    ("Transpose", ["z0"], ["zt"], {"perm": [0, 2, 1]}), ("MatMul", ["z0", "zt"], ["att"], {}), ("Softmax", ["att"], ["sm"], {"axis": -1}),
    ("MatMul", ["sm", "z0"], ["av"], {}), ("MatMul", ["av", "m1"], ["pr"], {}), ("Add", ["pr", "z0"], ["z1"], {}),
    ("LayerNormalization", ["z1", "g", "be"], ["last_hidden_state"], {"axis": -1}),
]
vit_tensors = [weight("pw", D, 3, 8, 8, scale=0.1), weight("pb", D), const("flat", [0, D, 16]), const("rest", [1, D]), weight("cls", 1, 1, D), weight("pos", 1, 17, D), weight("m1", D, D), weight("g", D), weight("be", D)]
save("vit-no-kernel-shape", vit, ["last_hidden_state"], vit_tensors)
run("vit-no-kernel-shape", "last_hidden_state")
classified = vit + [("Gather", ["last_hidden_state", "zero"], ["token"], {"axis": 1}), ("Gemm", ["token", "fw", "fb"], ["logits"], {})]
save("vit-classifier", classified, ["logits"], vit_tensors + [const("zero", 0), weight("fw", D, 10), fb])
# tokens of which none is the class's, as Swin's after it has merged patches
merged = [vit[0], ("Reshape", ["p", "flat"], ["pf"], {}), ("AveragePool", ["pf"], ["half"], {"kernel_shape": [2], "strides": [2]}), ("Transpose", ["half"], ["last_hidden_state"], {"perm": [0, 2, 1]})]
save("merged-tokens", merged, ["last_hidden_state"], vit_tensors[:3])
run("merged-tokens", "last_hidden_state")


class Pictures(CalibrationDataReader):
    def __init__(self):
        self.left = [{"x": one[None]} for one in feed]

    def get_next(self):
        return self.left.pop() if self.left else None


with tempfile.TemporaryDirectory() as temporary:
    prepared = Path(temporary) / "prepared.onnx"
    quantize_dynamic(FOLDER / "vit-classifier.onnx", FOLDER / "dynamic.onnx", op_types_to_quantize=["Conv", "MatMul", "Gemm"])
    run("dynamic", "last_hidden_state")
    quant_pre_process(str(FOLDER / "batch-minus-one.onnx"), str(prepared))
    for name, format in (("qdq", QuantFormat.QDQ), ("qoperator", QuantFormat.QOperator)):
        quantize_static(prepared, FOLDER / f"{name}.onnx", Pictures(), quant_format=format)
    run("qdq", "gap")

# weights that lie beside the file, in a node's attribute
model = onnx.load(FOLDER / "weights-in-constants.onnx")
(FOLDER / "external-constant.bin").write_bytes(b"")
with open(FOLDER / "external-constant.bin", "wb") as beside:
    for node in model.graph.node:
        if node.op_type != "Constant":
            continue
        t = node.attribute[0].t
        raw = numpy_helper.to_array(t).tobytes()
        t.ClearField("raw_data")
        t.data_location = TensorProto.EXTERNAL
        for key, value in (("location", "external-constant.bin"), ("offset", str(beside.tell())), ("length", str(len(raw)))):
            t.external_data.add(key=key, value=value)
        beside.write(raw)
onnx.save(model, FOLDER / "external-constant.onnx")

out = {
    "versions": {"onnx": onnx.__version__, "onnxruntime": ort.__version__, "numpy": np.__version__},
    "square": {"shape": square.shape, "uint8": base64.b64encode(square.tobytes()).decode()},
    "cases": cases,
}
(HERE / "onnx-cuts.json").write_text(json.dumps(out) + "\n")
