"""One peer for src/bench/bench.ts: VGG with random weights on float32 pictures that are upscaled already.

usage: python peer.py keras|torch-float32|torch-bfloat16|openvino-float32|openvino-bfloat16 vgg19|vgg16 BATCH
Prints "ready", then reads lines "run N" (prints the seconds for N images) and "matmul SIZE" (prints the GFLOP/s of a
product of two square matrices in the same precision, best of five).
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

PEER, NETWORK, BATCH = sys.argv[1], sys.argv[2], int(sys.argv[3])
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


def openvino_peer(dtype):
    import openvino as ov
    import torch

    x = images.transpose(0, 3, 1, 2).copy()
    model = ov.convert_model(torch_network(), example_input=torch.from_numpy(x))
    hint = {"INFERENCE_PRECISION_HINT": "f32" if dtype == "float32" else "bf16", "PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": "1"}
    compiled = ov.Core().compile_model(model, "CPU", hint)
    request = compiled.create_infer_request()
    return lambda: request.infer([x])[0], None


kind, _, dtype = PEER.partition("-")
step, matmul = {"keras": lambda _: keras_peer(), "torch": torch_peer, "openvino": openvino_peer}[kind](dtype)
step()  # the first one builds things
print("ready", flush=True)
for line in sys.stdin:
    command, number = line.split()
    if command == "run":
        begin = time.perf_counter()
        for _ in range(int(number) // BATCH):
            step()
        print(time.perf_counter() - begin, flush=True)
    else:
        size = int(number)
        product = matmul and matmul(size)
        best = 0.0
        for _ in range(6 if product else 0):
            begin = time.perf_counter()
            product()
            best = max(best, 2 * size**3 / (time.perf_counter() - begin) / 1e9)
        print(best, flush=True)
