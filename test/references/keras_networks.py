"""What Keras makes of ResNet50 and MobileNetV2 with random weights, for test/models/keras-networks.test.ts.

.venv/peers/bin/python test/references/keras_networks.py

Built by Keras' own functions, twice each: at full size, whose weights are drawn in the same way by the test
(test/references/drawn.ts), and with next to no channels, whose weights are written in both of Keras' layouts:
- *.legacy.h5, as keras.applications' files: `layer_names`, `conv1_conv/kernel:0`, and the last layer's old name
- *.weights.h5, as Keras 3's save_weights
Of every layer's output the JSON has its shape, its largest value and some values, evenly spaced.
"""
import base64
import json
import os
import tempfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import keras
import numpy as np
from keras.src.applications import resnet

HERE = Path(__file__).parent


def drawn(count, seed):
    """[count] float32 in −1..1: the bits of a counter, mixed as in MurmurHash3's finalizer."""
    h = np.arange(count, dtype=np.uint64) + np.uint64(seed * 0x9E3779B9)
    h = (h & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h ^= h >> np.uint32(shift)
        h = (h.astype(np.uint64) * np.uint64(factor) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    return (h >> np.uint32(8)).astype(np.float32) / np.float32(2**23) - np.float32(1)


def draw_weights(model):
    """He-scaled kernels; batch normalization's scales 0.5..1, offsets and means −0.1..0.1, variances 0.5..1.5."""
    seed = 1
    for layer in model.layers:
        values = []
        for k, w in enumerate(layer.weights):
            u = drawn(int(np.prod(w.shape)), seed).reshape(w.shape)
            seed += 1
            if len(w.shape) > 1:
                fan_in = np.prod(w.shape[: 2 if isinstance(layer, keras.layers.DepthwiseConv2D) else -1])
                values.append(u * np.float32(np.sqrt(6 / fan_in)))
            elif isinstance(layer, keras.layers.BatchNormalization):
                centre, width = [(0.75, 0.25), (0, 0.1), (0, 0.1), (1, 0.5)][k]
                values.append(np.float32(centre) + np.float32(width) * u)
            else:
                values.append(np.float32(0.05) * u)
        layer.set_weights(values)


def save_legacy(model, file, last):
    with h5py.File(file, "w", libver="latest") as f:
        name_of = lambda layer: last if layer.name == "predictions" else layer.name
        f.attrs["layer_names"] = np.array([name_of(layer) for layer in model.layers], dtype="S")
        for layer in model.layers:
            group = f.create_group(name_of(layer))
            names = [f"{name_of(layer)}/{w.name}:0" for w in layer.weights]
            group.attrs["weight_names"] = np.array(names, dtype="S") if names else np.array([], dtype="S1")
            for n, value in zip(names, layer.get_weights()):
                group.create_dataset(n, data=value)


def save_keras3(model, file):
    """Written by Keras, then copied into HDF5's compact form."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "x.weights.h5"
        model.save_weights(written)
        with h5py.File(written) as source, h5py.File(file, "w", libver="latest") as f:

            def copy(name, item):
                to = f.create_group(name) if isinstance(item, h5py.Group) else f.create_dataset(name, data=item[()])
                for key, value in item.attrs.items():
                    to.attrs[key] = value

            source.visititems(copy)


def references(model, low, high, samples):
    size = model.input.shape[1]
    x = np.float32((low + high) / 2) + np.float32((high - low) / 2) * drawn(size * size * 3, 0).reshape(1, size, size, 3)
    layers = model.layers[1:]
    outputs = keras.Model(model.input, [layer.output for layer in layers])(x, training=False)
    rows = []
    for layer, y in zip(layers, outputs):
        y = np.ascontiguousarray(y, np.float32).ravel()
        count = min(samples, y.size)
        values = y[np.arange(count) * y.size // count]
        rows.append({
            "name": layer.name,
            "kind": type(layer).__name__,
            "shape": layer.output.shape[1:],
            "parameters": layer.count_params(),
            "largest": float(np.abs(y).max()),
            "values": base64.b64encode(values.tobytes()).decode(),
        })
    return {"range": [low, high], "size": size, "layers": rows}


def tiny_resnet():
    def stacks(x):
        for s, (filters, blocks) in enumerate(zip([4, 4, 6, 8], [3, 4, 6, 3])):
            x = resnet.stack_residual_blocks_v1(x, filters, blocks, stride1=2 if s else 1, name=f"conv{s + 2}")
        return x

    return resnet.ResNet(stacks, False, True, weights=None, input_shape=(32, 32, 3), classes=10, name="resnet50_tiny")


def main():
    apps = keras.applications
    small = {"input_shape": (64, 64, 3), "weights": None}
    counts = lambda build: {"top": build(weights=None).count_params(),
                            "notop": build(weights=None, include_top=False).count_params()}
    found = {"keras": keras.__version__}
    tiny_mobilenet = lambda: apps.MobileNetV2((32, 32, 3), 0.05, weights=None, classes=10)
    for name, build, build_tiny, last, levels in [
        ("resnet50", apps.ResNet50, tiny_resnet, "probs", (-120, 150)),
        ("mobilenet_v2", apps.MobileNetV2, tiny_mobilenet, "Logits", (-1, 1)),
    ]:
        keras.utils.clear_session()  # layers without a name of their own count from 0 again
        full = build(**small)
        keras.utils.clear_session()
        tiny = build_tiny()
        draw_weights(full)
        draw_weights(tiny)
        save_legacy(tiny, HERE / f"{name}-tiny.legacy.h5", last)
        save_keras3(tiny, HERE / f"{name}-tiny.weights.h5")
        found[name] = {
            "parameters": counts(build),
            "trainable": int(sum(np.prod(w.shape) for w in full.trainable_weights)),
            "full": references(full, *levels, 12),
            "tiny": references(tiny, *levels, 48),
        }
    picture = np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3) * 10
    found["preprocessed"] = {
        mode: np.asarray(apps.imagenet_utils.preprocess_input(picture.copy(), mode=mode)).ravel().tolist()
        for mode in ("caffe", "tf", "torch")
    }
    (HERE / "keras-networks.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
