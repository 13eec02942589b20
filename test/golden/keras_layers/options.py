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


def activation(options: Any) -> Any:
    if not isinstance(options, dict):
        return options
    return functools.partial(getattr(keras.activations, options["type"]), **rest(options))


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
