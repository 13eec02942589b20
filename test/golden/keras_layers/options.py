"""Options of a layer, as Keras's constructors take them."""

from __future__ import annotations

import functools
from typing import Any

import keras

from cases import Json


def component(module: Any, options: Any) -> Any:
    """A regularizer, an initializer ...: a name, or an object with a type."""
    if not isinstance(options, dict):
        return options
    return getattr(module, options["type"])(**rest(options))


def sparsemax(x: Any, axis: int = -1) -> Any:
    """Keras 3.15 takes the sum of the cumulative sums for the threshold, so that
    nothing adds up to one: https://arxiv.org/abs/1602.02068, algorithm 1."""
    ops = keras.ops
    x = ops.moveaxis(x, axis, -1)
    descending = -ops.sort(-x)
    count = ops.cast(ops.arange(1, x.shape[-1] + 1), x.dtype)
    support = 1 + count * descending > ops.cumsum(descending, axis=-1)
    kept = ops.sum(ops.where(support, descending, 0.0), axis=-1, keepdims=True)
    size = ops.cast(ops.sum(support, axis=-1, keepdims=True), x.dtype)
    return ops.moveaxis(ops.maximum(x - (kept - 1) / size, 0.0), -1, axis)


#: Where Keras's own doesn't compute what it documents.
CORRECTED = {"sparsemax": sparsemax}


def activation(options: Any) -> Any:
    if not isinstance(options, dict):
        return CORRECTED.get(options, options)
    kind = options["type"]
    function = CORRECTED.get(kind) or getattr(keras.activations, kind)
    return functools.partial(function, **rest(options))


def rest(options: Json) -> Json:
    return {key: value for key, value in options.items() if key != "type"}


def arguments(options: Json) -> Json:
    """The keyword arguments for the class that the layer's type names."""
    result = {key: value for key, value in rest(options).items() if key != "inputs"}
    for key, value in result.items():
        if key.endswith("activation"):
            result[key] = activation(value)
        elif key.endswith("_regularizer"):
            result[key] = component(keras.regularizers, value)
        elif key.endswith("_initializer"):
            result[key] = component(keras.initializers, value)
    return result
