"""Keras's layers called one after the other, with layers and models that are
called again, and models among the layers."""

from __future__ import annotations

from typing import Any

import keras

from cases import Json
from keras_layers import call_layer, make_layer

Values = dict[str, Any]
Made = dict[str, tuple[keras.layers.Layer, Json]]


def plain(arrays: Values) -> Any:
    values = list(arrays.values())
    return values[0] if len(values) == 1 else values


def apply(layer: keras.layers.Layer, options: Json, sources: list[Any]) -> list[Any]:
    """All results of a layer."""
    if isinstance(layer, (keras.layers.RNN, keras.layers.Bidirectional)):
        results = layer(sources[0], initial_state=sources[1:] or None)
    elif isinstance(layer, keras.Model):
        results = layer(sources if len(sources) > 1 else sources[0])
    else:
        results = call_layer(layer, options, sources)
    return list(results) if isinstance(results, (list, tuple)) else [results]


def call_layers(layers: list[Json], inputs: Values) -> tuple[Values, str]:
    """Every layer's result, and the name of the last one."""
    values = dict(inputs)
    previous = next(iter(inputs))
    made: Made = {}
    for options in layers:
        sources = [values[name] for name in options.get("inputs", [previous])]
        if "shared" in options:
            layer, original = made[options["shared"]]
        elif options["type"] == "Model":
            layer, original = make_model(options, sources), options
        else:
            layer, original = make_layer(options), options
        name = options.get("name", layer.name)
        made[name] = (layer, original)
        results = apply(layer, original, sources)
        values[name] = results[0]
        values.update({f"{name}:{i}": result for i, result in enumerate(results)})
        outputs = original.get("outputs", [])
        values.update({f"{name}/{o}": result for o, result in zip(outputs, results)})
        previous = name
    return values, previous


def make_model(options: Json, sources: list[Any]) -> keras.Model:
    names = options.get("arguments", options.get("inputs", ["input"]))
    inputs = {
        name: keras.Input(source.shape[1:], name=name) for name, source in zip(names, sources)
    }
    values, last = call_layers(options["layers"], inputs)
    outputs = [values[name] for name in options.get("outputs", [last])]
    model = keras.Model(
        list(inputs.values()) if len(inputs) > 1 else plain(inputs),
        outputs if "outputs" in options else outputs[0],
        name=options["name"],
    )
    model.trainable = options.get("trainable", True)
    return model


def variables(network: keras.Model, prefix: str = "") -> Values:
    """All variables by the names that the weight files use."""
    result: Values = {}
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            result.update(variables(layer, f"{prefix}{layer.name}/"))
        else:
            result.update(
                {
                    f"{prefix}{layer.name}/{name_within(layer, v)}": v
                    for v in layer.variables
                    if "seed_generator" not in v.path
                }
            )
    return result


def name_within(layer: keras.layers.Layer, variable: Any) -> str:
    """A variable's path within its layer, but for the cells of recurrent layers."""
    parts = variable.path.split("/")
    if layer.name in parts:
        parts = parts[parts.index(layer.name) + 1 :]
    return "/".join(part for part in parts if not part.endswith("_cell"))
