"""Dropout and a softmax layer on features in Keras, for src/bench/around.ts.

usage: python keras_head.py ROWS.npy CLASSES BATCH EPOCHS
Prints the seconds of fit, without building the model; a first epoch, which traces the graph, is not counted.
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

rows = np.load(sys.argv[1])
classes, batch, epochs = (int(argument) for argument in sys.argv[2:])
labels = np.arange(len(rows)) % classes
model = keras.Sequential(
    [keras.Input(rows.shape[1:]), keras.layers.Dropout(0.5), keras.layers.Dense(classes, "softmax", kernel_initializer="zeros")]
)
model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(rows, labels, batch_size=batch, epochs=1, verbose=0)
begin = time.perf_counter()
model.fit(rows, labels, batch_size=batch, epochs=epochs, verbose=0)
print(time.perf_counter() - begin)
