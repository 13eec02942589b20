"""Keras's layers from the layers of a model file.

Most are found by name and take the file's options as they are. A layer that
needs more has a builder: each family of such layers is a module with a dict
from type to builder.
"""

from __future__ import annotations

from typing import Any, Callable

import keras

from cases import Json
from keras_layers import attention, positions, spectrograms, wrapping
from keras_layers.options import arguments

Builder = Callable[[Json], keras.layers.Layer]

#: Calls a layer, by its options, on tensors.
Caller = Callable[[keras.layers.Layer, Json, list[Any]], Any]

FAMILIES: list[dict[str, Builder]] = [
    attention.BUILDERS,
    positions.BUILDERS,
    spectrograms.BUILDERS,
    wrapping.BUILDERS,
]

BUILDERS = {kind: build for family in FAMILIES for kind, build in family.items()}

#: Layers that don't take a tensor, or a list of them.
CALLS: dict[str, Caller] = {**attention.CALLS}


def make_layer(options: Json) -> keras.layers.Layer:
    kind = options["type"]
    if kind in BUILDERS:
        return BUILDERS[kind](options)
    return getattr(keras.layers, kind)(**arguments(options))


def call_layer(layer: keras.layers.Layer, options: Json, inputs: list[Any]) -> Any:
    if options["type"] in CALLS:
        return CALLS[options["type"]](layer, options, inputs)
    return layer(inputs if len(inputs) > 1 else inputs[0])
