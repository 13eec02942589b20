"""The whole program in Keras: load the arrays, train, evaluate on the test set.

The network is that of bench/models/mlp.json; usage: keras_program.py DIRECTORY EPOCHS
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["JAX_PLATFORMS"] = "cpu"

import keras
import numpy as np


def main(directory: Path, epochs: int) -> None:
    x_train, y_train, x_test, y_test = (
        np.load(directory / f"{name}.npy") for name in ("x_train", "y_train", "x_test", "y_test")
    )
    model = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        keras.optimizers.Adam(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(x_train, y_train, epochs=epochs, batch_size=32, verbose=0)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    version = f"Keras {keras.__version__} on {keras.backend.backend()}"
    print(json.dumps({"version": version, "accuracy": float(accuracy)}))


main(Path(sys.argv[1]), int(sys.argv[2]))
