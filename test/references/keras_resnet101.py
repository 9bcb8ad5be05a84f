"""What Keras makes of ResNet101 with drawn weights, for test/models/known-networks.test.ts.

.venv/peers/bin/python test/references/keras_resnet101.py

Built by Keras' own function at full width; its weights are drawn as test/references/drawn.ts draws them. The JSON has
every layer's name, kind and parameters, and of the layers where everything passes through the shape, the largest value
and some values, evenly spaced.
"""
import json
import re

from keras_networks import HERE, draw_weights, keras, np, references


def main():
    build = keras.applications.ResNet101
    model = build(input_shape=(64, 64, 3), weights=None)
    draw_weights(model)
    outputs = references(model, -120, 150, 12)
    ends = re.compile(r"conv1_\w+|pool1_\w+|\w+_out|avg_pool|predictions")
    found = {
        "keras": keras.__version__,
        "parameters": {"top": model.count_params(), "notop": build(weights=None, include_top=False).count_params()},
        "trainable": int(sum(np.prod(w.shape) for w in model.trainable_weights)),
        "layers": [[row["name"], row["kind"], row["parameters"]] for row in outputs["layers"]],
        "outputs": {**outputs, "layers": [row for row in outputs["layers"] if ends.fullmatch(row["name"])]},
    }
    (HERE / "keras-resnet101.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
