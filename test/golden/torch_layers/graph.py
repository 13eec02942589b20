"""Layers called one after the other, with layers and models that are called
again, and models among the layers."""

from __future__ import annotations

from dataclasses import dataclass

from cases import Json
from torch_layers import LAYERS, MASKS, Mask
from torch_layers.call import Call, Tensors


@dataclass
class State:
    """Of the whole model, by full names."""

    weights: Tensors
    updates: Tensors | None  # new values of moving statistics; none: no training

    def of_layer(self, name: str) -> Tensors:
        """The variables of a layer as earlier calls left them."""
        prefix = f"{name}/"
        current = {**self.weights, **(self.updates or {})}
        return {k.removeprefix(prefix): v for k, v in current.items() if k.startswith(prefix)}


Masks = dict[str, Mask]


def call_layers(
    layers: list[Json], inputs: Tensors, masks: Masks, state: State, prefix: str = ""
) -> Tensors:
    """The results of all layers; that of the last one is "" too. Their masks go to
    `masks`, in the same way."""
    values = dict(inputs)
    previous = next(iter(inputs))
    made: dict[str, tuple[str, Json]] = {}
    for index, options in enumerate(layers):
        name = options.get("name", f"layer {index}")
        sources = options.get("inputs", [previous])
        given = [values[source] for source in sources]
        given_masks = [masks.get(source) for source in sources]
        owner, layer = made[options["shared"]] if "shared" in options else (name, options)
        made[name] = (owner, layer)
        path = prefix + owner
        if layer["type"] == "Model":
            call_model(name, layer, (given, given_masks), (values, masks), state, path)
        else:
            call = Call(
                options=layer,
                inputs=given,
                masks=given_masks,
                weights=state.of_layer(path),
                training=state.updates is not None,
            )
            results = LAYERS[layer["type"]](call)
            results = results if isinstance(results, tuple) else (results,)
            values[name] = results[0]
            values.update({f"{name}:{i}": result for i, result in enumerate(results)})
            if layer["type"] in MASKS:
                masks[name] = masks[f"{name}:0"] = MASKS[layer["type"]](call)
                if layer.get("merge_mode", "") is None:  # both outputs of Bidirectional
                    masks[f"{name}:1"] = masks[name]
            if state.updates is not None:
                state.updates.update({f"{path}/{key}": v for key, v in call.updates.items()})
        previous = name
    values[""], masks[""] = values.get(previous), masks.get(previous)
    return values


def call_model(
    name: str,
    model: Json,
    given: tuple[list, list],
    results: tuple[Tensors, Masks],
    state: State,
    path: str,
) -> None:
    """Adds what the model makes to `results`, values and masks."""
    arguments = model.get("arguments", model.get("inputs", ["input"]))
    options = model if model.get("trainable", True) else frozen(model)
    inputs, masks = (dict(zip(arguments, each)) for each in given)
    values = call_layers(options["layers"], inputs, masks, state, f"{path}/")
    for made, result in zip((values, masks), results):
        outputs = model.get("outputs", [""])
        result[name] = made.get(outputs[0])
        for number, output in enumerate(outputs):
            result[f"{name}:{number}"] = result[f"{name}/{output}"] = made.get(output)


def frozen(model: Json) -> Json:
    return {**model, "layers": [{**layer, "trainable": False} for layer in model["layers"]]}
