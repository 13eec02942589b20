"""Keras's layers from the layers of a model file.

Most are found by name and take the file's options as they are. A layer that
needs more has a builder: each family of such layers is a module with a dict
from type to builder.
"""

from __future__ import annotations

from typing import Callable

import keras

from cases import Json
from keras_layers import wrapping
from keras_layers.options import arguments

Builder = Callable[[Json], keras.layers.Layer]

FAMILIES: list[dict[str, Builder]] = [wrapping.BUILDERS]

BUILDERS = {kind: build for family in FAMILIES for kind, build in family.items()}


def make_layer(options: Json) -> keras.layers.Layer:
    kind = options["type"]
    if kind in BUILDERS:
        return BUILDERS[kind](options)
    return getattr(keras.layers, kind)(**arguments(options))
