"""PyTorch's opinion of a golden case: the second witness beside Keras.

Written straight from the model file, sharing nothing with keras_reference.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from cases import Arrays, Json
from targets import loss_of, separate
from torch_layers import STATISTICS, Mask
from torch_layers.graph import State, call_layers
from torch_losses import class_weights, one_loss
from torch_optimizers import Optimizer

Tensors = dict[str, torch.Tensor]


def forward(
    model: Json,
    weights: Tensors,
    inputs: Tensors,
    updates: Tensors | None = None,
    masks: dict[str, Mask] | None = None,
) -> Tensors:
    """The outputs. With `updates` the model is in training, and moving statistics
    put their new values there. `masks` gets the masks of all values."""
    masks = {} if masks is None else masks
    values = call_layers(model["layers"], inputs, masks, State(weights, updates))
    names = model.get("outputs", [model["layers"][-1]["name"]])
    return {name: values[name] for name in names}


def penalty(model: Json, weights: Tensors, outer: str = "") -> torch.Tensor:
    """Of the layers that are trained, those of models among them too. Another call
    of a layer adds nothing."""
    total = torch.zeros((), dtype=torch.float64)
    for layer in model["layers"]:
        if not layer.get("trainable", True):
            continue
        path = outer + layer.get("name", "")
        if layer.get("type") == "Model":
            total = total + penalty(layer, weights, f"{path}/")
        for key, options in layer.items():
            if key.endswith("_regularizer"):
                prefix = key.removesuffix("_regularizer")
                own = State(weights, None).of_layer(path)
                # DepthwiseConv's own kernel is plainly that.
                names = {prefix, f"{prefix}_kernel"}
                if not any(name.split("/")[-1] in names for name in own):
                    names = {"kernel"}
                for name, weight in own.items():
                    if name.split("/")[-1] in names:
                        total = total + one_penalty(options, weight)
    return total


def one_penalty(options: Json, weight: torch.Tensor) -> torch.Tensor:
    default = {"L1": (0.01, 0.0), "L2": (0.0, 0.01), "L1L2": (0.0, 0.0)}[options["type"]]
    l1, l2 = (options.get(key, value) for key, value in zip(("l1", "l2"), default))
    return l1 * weight.abs().sum() + l2 * weight.square().sum()


def total_loss(
    model: Json, weights: Tensors, inputs: Tensors, targets: Tensors, updates: Tensors
) -> torch.Tensor:
    """The loss in training. New values of moving statistics go to `updates`."""
    masks: dict[str, Mask] = {}
    outputs = forward(model, weights, inputs, updates, masks)
    targets, weights_of = separate(targets)
    by_class = model["training"].get("class_weight")
    factors = model["training"].get("loss_weights", {})
    terms = []
    for name, output in outputs.items():
        weight = weights_of.get(name)
        if by_class:
            weight = class_weights(by_class, targets[name])
        loss = one_loss(loss_of(model, name), output, targets[name], weight, masks.get(name))
        terms.append(factors.get(name, 1.0) * loss)
    return torch.stack(terms).sum() + penalty(model, weights)


def reference(
    model: Json, weights: Arrays, batches: list[tuple[Arrays, Arrays]], steps: int
) -> dict[str, Any]:
    """What keras_reference.reference returns, in float64, by PyTorch."""

    # NAdam keeps a product in the default type.
    torch.set_default_dtype(torch.float64)

    def double(arrays: Arrays) -> Tensors:
        return {k: torch.from_numpy(np.asarray(v)).double() for k, v in arrays.items()}

    w = double(weights)
    frozen = {layer["name"] for layer in model["layers"] if not layer.get("trainable", True)}
    trained = {
        name: w[name].requires_grad_()
        for name in w
        if name.split("/")[0] not in frozen and name.split("/")[-1] not in STATISTICS
    }
    data = [(double(x), double(y)) for x, y in batches]
    result: dict[str, Any] = {}
    with torch.no_grad():
        for name, value in forward(model, w, data[0][0]).items():
            result[f"output/{name}"] = value.numpy()
    if "training" not in model:
        return result

    loss = total_loss(model, w, *data[0], updates={})
    loss.backward()
    result["loss"] = loss.detach().numpy()
    for name, tensor in trained.items():
        assert tensor.grad is not None
        result[f"gradient/{name}"] = tensor.grad.numpy().copy()

    options = model["training"]["optimizer"]
    optimizer = Optimizer(options, list(trained.values()))
    trajectory = []
    for step in range(steps):
        for tensor in trained.values():
            tensor.grad = None
        updates: Tensors = {}
        loss = total_loss(model, w, *data[step % len(data)], updates=updates)
        loss.backward()
        with torch.no_grad():
            for name, value in updates.items():
                w[name].copy_(value)
        optimizer.step()
        trajectory.append(loss.item())
    result["trajectory"] = np.array(trajectory)
    for name, tensor in w.items():
        result[f"final/{name}"] = tensor.detach().numpy()
    return result
