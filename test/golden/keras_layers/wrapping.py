"""Layers within layers."""

from __future__ import annotations

from typing import Any

import keras
from keras.src.utils.naming import to_snake_case

from cases import Json
from keras_layers.options import rest


def inner(options: Json) -> keras.layers.Layer:
    from keras_layers import make_layer

    # An unnamed layer is named after its type, whatever came before it.
    named = {"name": to_snake_case(options["type"]), **options}
    return make_layer(named)


def wrapped(options: Json) -> Json:
    result: dict[str, Any] = {k: v for k, v in rest(options).items() if k != "inputs"}
    for key in ("layer", "backward_layer"):
        if key in result:
            result[key] = inner(result[key])
    return result


BUILDERS = {
    "Bidirectional": lambda options: keras.layers.Bidirectional(**wrapped(options)),
    "TimeDistributed": lambda options: keras.layers.TimeDistributed(**wrapped(options)),
}
