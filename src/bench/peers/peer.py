"""One peer for src/bench/bench.ts: VGG with random weights on float32 pictures that are upscaled already; openvino-int8
is Graft's own graph on pictures as they are.

usage: python peer.py keras|torch-float32|torch-bfloat16|torch-int8|openvino-float32|openvino-bfloat16 vgg19|vgg16 BATCH
       python peer.py openvino-int8 vgg19|vgg16 BATCH GRAPH.onnx PICTURES (BATCH of them, uint8, as the graph takes them)
Prints "ready", or "left out: " and what it lacks. Then reads lines "run N" (prints the seconds for N images), "matmul
SIZE" (prints the GFLOP/s of a product of two square matrices in the same precision, best of five) and "write FILE"
(puts the features of a batch there as float32, prints how many values).
"""

import os
import platform
import shutil
import sys
import sysconfig
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

PEER, NETWORK, BATCH, FILES = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
CONVOLUTIONS = {"vgg19": [2, 2, 4, 4, 4], "vgg16": [2, 2, 3, 3, 3]}[NETWORK]
FULL = NETWORK == "vgg19"  # to fc2; VGG16 ends at block5_pool
images = np.random.default_rng(1).uniform(-120, 130, (BATCH, 224, 224, 3)).astype("float32")


def keras_peer():
    import keras
    import tensorflow as tf

    build = keras.applications.VGG19 if FULL else keras.applications.VGG16
    whole = build(weights=None, include_top=FULL, input_shape=(224, 224, 3))
    model = keras.Model(whole.inputs, whole.get_layer("fc2" if FULL else "block5_pool").output)

    def matmul(size):
        a = tf.random.normal((size, size))
        return lambda: tf.matmul(a, a).numpy()

    return lambda: model.predict_on_batch(images), matmul


def torch_network():
    from torch import nn

    layers, channels = [], 3
    for count, width in zip(CONVOLUTIONS, [64, 128, 256, 512, 512]):
        for _ in range(count):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        layers.append(nn.MaxPool2d(2))
    if FULL:
        layers += [nn.Flatten(), nn.Linear(25088, 4096), nn.ReLU(inplace=True), nn.Linear(4096, 4096), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers).eval()


def torch_peer(dtype):
    import torch

    kind = getattr(torch, dtype)
    model = torch_network().to(kind).to(memory_format=torch.channels_last)
    x = torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).to(kind).to(memory_format=torch.channels_last)

    def step():
        with torch.inference_mode():
            return model(x).float().numpy()

    def matmul(size):
        a = torch.randn(size, size).to(kind)
        return lambda: a @ a

    return step, matmul


def torch_int8_peer():
    """PyTorch's way to 8 bits on x86: exported, calibrated on the pictures, compiled by inductor with frozen weights."""
    compiler = os.environ.get("CXX", "g++")
    if platform.machine() != "x86_64":
        left_out(f"its 8 bits are for x86; this is {platform.machine()}")
    if not shutil.which(compiler):
        left_out(f"inductor needs a C++ compiler; there is no {compiler} (Debian: apt install g++)")
    if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
        left_out("inductor needs Python.h (Debian: apt install python3-dev)")
    import torch
    import torch._inductor.config
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
    from torchao.quantization.pt2e.quantizer import x86_inductor_quantizer as x86

    torch._inductor.config.freezing = True
    x = torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).to(memory_format=torch.channels_last)
    quantizer = x86.X86InductorQuantizer().set_global(x86.get_default_x86_inductor_quantization_config())
    with torch.no_grad():
        network = torch_network().to(memory_format=torch.channels_last)
        prepared = prepare_pt2e(torch.export.export(network, (x,)).module(), quantizer)
        prepared(x)
        model = torch.compile(convert_pt2e(prepared))  # the quantizer's module has added its patterns to inductor

    def step():
        with torch.no_grad():
            return model(x).numpy()

    return step, None


def openvino_peer(dtype):
    import openvino as ov

    if dtype == "int8":
        graph, pictures = FILES
        model = ov.Core().read_model(graph)
        model.reshape([BATCH, *model.input().partial_shape[1:]])
        x = np.fromfile(pictures, "uint8").reshape(model.input().shape)
    else:
        import torch

        x = images.transpose(0, 3, 1, 2).copy()
        model = ov.convert_model(torch_network(), example_input=torch.from_numpy(x))
    # what is not in 8 bits stays in float32, as in ONNX Runtime
    precision = "bf16" if dtype == "bfloat16" else "f32"
    hint = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": "1"}
    request = ov.Core().compile_model(model, "CPU", hint).create_infer_request()
    return lambda: request.infer([x])[0], None


def left_out(reason):
    print(f"left out: {reason}", flush=True)
    sys.exit()


KINDS = {"keras": lambda _: keras_peer(), "torch": torch_peer, "openvino": openvino_peer}
kind, _, dtype = PEER.partition("-")
step, matmul = torch_int8_peer() if PEER == "torch-int8" else KINDS[kind](dtype)
step()  # the first one builds things
print("ready", flush=True)
for line in sys.stdin:
    command, argument = line.rstrip("\n").split(maxsplit=1)
    if command == "run":
        begin = time.perf_counter()
        for _ in range(int(argument) // BATCH):
            step()
        print(time.perf_counter() - begin, flush=True)
    elif command == "write":
        features = step().astype("float32")
        features.tofile(argument)
        print(features.size, flush=True)
    else:
        size = int(argument)
        product = matmul and matmul(size)
        best = 0.0
        for _ in range(6 if product else 0):
            begin = time.perf_counter()
            product()
            best = max(best, 2 * size**3 / (time.perf_counter() - begin) / 1e9)
        print(best, flush=True)
