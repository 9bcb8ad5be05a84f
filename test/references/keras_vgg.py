"""What Keras makes of VGG networks with random weights, for test/vgg/*.test.ts.

.venv/peers/bin/python test/references/keras_vgg.py             # the small references beside this script
.venv/peers/bin/python test/references/keras_vgg.py --full DIR  # VGG19 at full size, made when the tests run: 575 MB

The small network has VGG19's layers with widths 4, 6, 8, 10, 12, fc 24, 10 classes and 32×32 pixels. Its weights are
written twice: as Keras 2's save_weights writes them, and with the names of Keras' official VGG files.
"""
import base64
import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import keras
import numpy as np
from keras.src.legacy.saving import legacy_h5_format

HERE = Path(__file__).parent


def vgg(convolutions, widths, units, classes, size, name):
    layers = keras.layers
    x = inputs = keras.Input((size, size, 3), name="input_layer")
    for b, (count, width) in enumerate(zip(convolutions, widths), 1):
        for k in range(1, count + 1):
            x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"block{b}_conv{k}")(x)
        x = layers.MaxPooling2D(2, strides=2, name=f"block{b}_pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(units, activation="relu", name="fc1")(x)
    x = layers.Dense(units, activation="relu", name="fc2")(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax", name="predictions")(x), name=name)


def randomize(model, seed):
    """He-scaled weights and small biases, so that activations neither vanish nor explode."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        values = [rng.standard_normal(w.shape, dtype=np.float32) * (np.sqrt(2 / np.prod(w.shape[:-1])) if len(w.shape) > 1 else 0.05)
                  for w in layer.weights]
        layer.set_weights([v.astype(np.float32) for v in values])


def save_official_names(model, file):
    """The layout of vgg19_weights_tf_dim_ordering_tf_kernels.h5: block1_conv1/block1_conv1_W_1:0 and …_b_1:0."""
    with h5py.File(file, "w") as f:
        f.attrs["layer_names"] = np.array([layer.name for layer in model.layers], dtype="S")
        for layer in model.layers:
            group = f.create_group(layer.name)
            names = [f"{layer.name}_W_1:0", f"{layer.name}_b_1:0"][: len(layer.weights)]
            group.attrs["weight_names"] = np.array(names, dtype="S") if names else np.array([], dtype="S1")
            for n, value in zip(names, layer.get_weights()):
                group.create_dataset(n, data=value)


def save_keras2(model, file):
    with h5py.File(file, "w") as f:
        legacy_h5_format.save_weights_to_hdf5_group(f, model)


def outputs(model, x):
    every = keras.Model(model.input, [layer.output for layer in model.layers[1:]])
    return {layer.name: np.asarray(y) for layer, y in zip(model.layers[1:], every(x, training=False))}


def summary(model):
    lines = []
    model.summary(print_fn=lambda text, **_: lines.append(text))
    return "\n".join(lines)


def small():
    model = vgg([2, 2, 4, 4, 4], [4, 6, 8, 10, 12], 24, 10, 32, "vgg19_tiny")
    randomize(model, 19)
    save_keras2(model, HERE / "vgg19-tiny.keras2.h5")
    save_official_names(model, HERE / "vgg19-tiny.official.h5")
    x = np.random.default_rng(1).uniform(-120, 150, (2, 32, 32, 3)).astype(np.float32)
    pack = lambda a: {"shape": a.shape, "float32": base64.b64encode(np.ascontiguousarray(a, np.float32).tobytes()).decode()}
    classic = keras.applications.VGG19(weights=None)
    features = classic.layers[-2].output
    for layer in classic.layers:
        layer.trainable = False
    y = keras.layers.Dense(10, activation="softmax", name="dense")(keras.layers.Dropout(0.5, name="dropout")(features))
    (HERE / "vgg19-tiny.json").write_text(json.dumps({
        "keras": keras.__version__,
        "x": pack(x),
        "outputs": {name: pack(a) for name, a in outputs(model, x).items()},
        "preprocessed": pack(np.asarray(keras.applications.vgg19.preprocess_input(np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3) * 10))),
        "summaries": {
            "vgg19": summary(classic),
            "vgg19_classifier": summary(keras.Model(classic.input, y, name="vgg19_classifier")),
        },
        "parameters": {"vgg19": classic.count_params(), "vgg16": keras.applications.VGG16(weights=None).count_params()},
    }) + "\n")


def full(folder):
    model = keras.applications.VGG19(weights=None)
    randomize(model, 3)
    save_official_names(model, folder / "vgg19-full.h5")
    x = np.random.default_rng(2).uniform(-120, 150, (1, 224, 224, 3)).astype(np.float32)
    np.asarray(x).tofile(folder / "x.f32")
    for name, a in outputs(model, x).items():
        np.ascontiguousarray(a, np.float32).tofile(folder / f"{name}.f32")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--full"]:
        full(Path(sys.argv[2]))
    else:
        small()
